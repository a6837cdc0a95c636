import { type HostTimer, quoteArgument } from '../timers/timers.js';

const TIMER_TEXT = `# Written by bench clone, with the first clone that has an end; bench takes it away with the last one.
[Unit]
Description=End of clones of benches whose time is over

[Timer]
OnCalendar=*:0/5
RandomizedDelaySec=30

[Install]
WantedBy=timers.target
`;

/**
 * Root, and in the host's own mount namespace: what it unmounts has to be unmounted for everybody. Busy (4) is no
 * failure, for the next run comes soon.
 */
function serviceText(program: string, root: string): string {
  return `# Written by bench clone, with the first clone that has an end; bench takes it away with the last one.
[Unit]
Description=Drop clones of benches whose time is over
Documentation=man:bench(1)
After=zfs.target local-fs.target

[Service]
Type=oneshot
ExecStart=${quoteArgument(program)} clone sweep
Environment=${quoteArgument(`BENCHES_ROOT=${root}`)}
SuccessExitStatus=4
TimeoutStartSec=1h
UMask=0022
NoNewPrivileges=yes
`;
}

/** It drops the clones whose time is over, and comes with the first clone that has an end. */
export const CLONES_TIMER: HostTimer = {
  timer: 'bench-clones.timer',
  service: 'bench-clones.service',
  timerText: TIMER_TEXT,
  serviceText,
  purpose: 'clones end when their time is over',
  reason: 'no clone has an end',
};
