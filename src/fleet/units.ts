import { HOST_READ_ONLY, type HostTimer, quoteArgument } from '../timers/timers.js';

const HEAD = '# Written by bench fleet setup; bench fleet leave takes it away.';

/** Five processes a run, bench itself included: one a minute. Each host has its own place in the five minutes. */
const TIMER_TEXT = `${HEAD}
[Unit]
Description=What is on this host, told to its fleet by itself

[Timer]
OnBootSec=30s
OnUnitActiveSec=5min
RandomizedDelaySec=30
FixedRandomDelay=true
AccuracySec=1s

[Install]
WantedBy=timers.target
`;

/** Root, because of ZFS; it sees the host read-only but for bench's own records. */
export function serviceText(program: string, root: string): string {
  return `${HEAD}
[Unit]
Description=Tell the fleet what is on this host
Documentation=man:bench(1)
Wants=network-online.target
After=network-online.target zfs.target

[Service]
Type=oneshot
ExecStart=${quoteArgument(program)} fleet publish
Environment=${quoteArgument(`BENCHES_ROOT=${root}`)}
TimeoutStartSec=4min
UMask=0022
${HOST_READ_ONLY.join('\n')}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
`;
}

/** It tells the fleet what is on this host. */
export const FLEET_TIMER: HostTimer = {
  timer: 'bench-fleet.timer',
  service: 'bench-fleet.service',
  timerText: TIMER_TEXT,
  serviceText,
  purpose: 'what is on this host is told to its fleet',
  reason: 'this host leaves its fleet',
};
