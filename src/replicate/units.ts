import { supersededPath, UNIT_DIRECTORY } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { unitName } from '../mariadb/mariadb.js';
import { quoteWord } from '../schedule/schedule.js';
import { DIRECTORY } from './names.js';
import type { Replicated } from './replicated.js';

/** The units of a bench's replication. A bench's name needs no escape in them. */
export function replicateUnits(bench: string): { timer: string; service: string; guard: string } {
  const name = `bench-replicate-${bench}`;
  return {
    timer: `${name}.timer`,
    service: `${name}.service`,
    guard: `bench-replicate-guard-${bench}.service`,
  };
}

/** Everything that must not start while another host runs the bench. */
export function guardedUnits({ mariadb, maintenance }: BenchConfig): string[] {
  return [unitName(mariadb.instance), ...maintenance.units];
}

export function dropInPath(unit: string): string {
  return `${UNIT_DIRECTORY}/${unit}.d/60-bench-replicate.conf`;
}

/** Asked before each start, when what it orders itself behind has ended (systemd.unit(5), "Conditions and Asserts"). */
export function dropInText(bench: string): string {
  const { guard } = replicateUnits(bench);
  return `# Written by bench: ${bench} has a copy on another host, which may have taken it up.
[Unit]
Wants=${guard}
After=${guard}
AssertPathExists=!${supersededPath(bench)}
`;
}

export interface Programs {
  /** The program of bench, by an absolute path. */
  program: string;
  benchesRoot: string;
}

/**
 * Asks the other host before the bench starts. One that does not answer within seconds keeps nothing from starting:
 * else the end of one host would be the end of both.
 */
export function guardText({ name, replicate }: Replicated, { program, benchesRoot }: Programs): string {
  return `# Written by bench init from [replicate] of bench.toml, which it follows.
[Unit]
Description=Whether another host has taken up bench ${name}
Documentation=man:bench(1)
Wants=network-online.target
After=network-online.target zfs.target

[Service]
Type=oneshot
ExecStart=${quoteWord(program)} replicate guard ${name} --peer ${replicate.to}
Environment=${quoteWord(`BENCHES_ROOT=${benchesRoot}`)}
TimeoutStartSec=30s
${SANDBOX}`;
}

export function serviceText(
  { name, replicate, mariadb }: Replicated,
  { program, benchesRoot }: Programs,
): string {
  return `# Written by bench init from [replicate] of bench.toml, which it follows.
[Unit]
Description=Copy of bench ${name} to ${replicate.to}
Documentation=man:bench(1)
Wants=network-online.target
After=network-online.target zfs.target local-fs.target ${unitName(mariadb.instance)}

[Service]
Type=oneshot
ExecStart=${quoteWord(program)} replicate run -b ${name}
Environment=${quoteWord(`BENCHES_ROOT=${benchesRoot}`)}
TimeoutStartSec=7d
${SANDBOX}`;
}

/** Root, because of ZFS; it sees the host read-only but for bench's own records, and of secrets only its own key. */
const SANDBOX = `UMask=0022
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE
ProtectSystem=strict
ReadWritePaths=/var/lib/bench
ReadOnlyPaths=-${DIRECTORY}
ProtectHome=read-only
PrivateTmp=yes
DevicePolicy=closed
DeviceAllow=/dev/zfs rw
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
`;

/** @param delaySeconds below the time between two runs */
export function timerText({ name, replicate }: Replicated, delaySeconds: number): string {
  const { service } = replicateUnits(name);
  return `# Written by bench init from [replicate] of bench.toml, which it follows.
[Unit]
Description=Copies of bench ${name} to ${replicate.to} by themselves

[Timer]
${replicate.calendars.map((calendar) => `OnCalendar=${calendar}`).join('\n')}
Persistent=true
AccuracySec=1s
RandomizedDelaySec=${delaySeconds}
FixedRandomDelay=true
Unit=${service}

[Install]
WantedBy=timers.target
`;
}
