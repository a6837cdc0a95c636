import { join } from 'node:path';
import { UNIT_DIRECTORY } from '../bench/bench.js';
import type { BenchConfig, Schedule } from '../config/config.js';
import { unitName } from '../mariadb/mariadb.js';

/** The units of a bench's schedule. A bench's name needs no escape in them. */
export function scheduleUnits(bench: string): { timer: string; service: string } {
  return { timer: `bench-snapshot-${bench}.timer`, service: `bench-snapshot-${bench}.service` };
}

export function unitPath(unit: string): string {
  return join(UNIT_DIRECTORY, unit);
}

/** A bench.toml with a schedule. */
export type Scheduled = BenchConfig & { schedule: Schedule };

export function isScheduled(config: BenchConfig): config is Scheduled {
  return config.schedule !== undefined;
}

/**
 * The timer. A run that was missed while the machine was off is made up for once (`Persistent=`). Benches of one pool
 * do not all begin at once: each has its own fixed delay (systemd.timer(5), `FixedRandomDelay=`), so that what comes
 * each hour comes an hour apart.
 * @param delaySeconds below the time between two runs
 */
export function timerText({ name, schedule }: Scheduled, delaySeconds: number): string {
  const { service } = scheduleUnits(name);
  return `# Written by bench init from [schedule] of bench.toml, which it follows.
[Unit]
Description=Snapshots of bench ${name} by themselves

[Timer]
${schedule.calendars.map((calendar) => `OnCalendar=${calendar}`).join('\n')}
Persistent=true
AccuracySec=1s
RandomizedDelaySec=${delaySeconds}
FixedRandomDelay=true
Unit=${service}

[Install]
WantedBy=timers.target
`;
}

/** The delay that a timer was written with; undefined for what is no timer of ours. */
export function delayOf(timer: string | undefined): number | undefined {
  const [, seconds] = /^RandomizedDelaySec=(\d+)$/m.exec(timer ?? '') ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

export interface ServiceOptions {
  /** The program of bench, by an absolute path: another `bench` may be first on PATH. */
  program: string;
  benchesRoot: string;
}

/**
 * One run. Root, because ZFS takes snapshots and destroys them for nobody else here; so everything that it does not need
 * is taken from it: it sees the host read-only but for bench's own records, no device but ZFS's, and no network. It says
 * itself what it lacks where the pool or the dataset is not there, and fails, which status shows.
 */
export function serviceText(config: BenchConfig, { program, benchesRoot }: ServiceOptions): string {
  const { name, mariadb } = config;
  return `# Written by bench init from [schedule] of bench.toml, which it follows.
[Unit]
Description=Snapshot of bench ${name}, and end of those that no rule keeps
Documentation=man:bench(1)
After=zfs.target local-fs.target ${unitName(mariadb.instance)}

[Service]
Type=oneshot
ExecStart=${quoteWord(program)} schedule run -b ${name}
Environment=${quoteWord(`BENCHES_ROOT=${benchesRoot}`)}
TimeoutStartSec=3h
UMask=0022
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE
ProtectSystem=strict
ReadWritePaths=/var/lib/bench
ProtectHome=read-only
PrivateTmp=yes
PrivateNetwork=yes
IPAddressDeny=any
RestrictAddressFamilies=AF_UNIX
DevicePolicy=closed
DeviceAllow=/dev/zfs rw
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
}

/** The program that a service was written with; undefined for what is no service of ours. */
export function programOf(service: string | undefined): string | undefined {
  const [, word] = /^ExecStart="(.*)" schedule run -b /m.exec(service ?? '') ?? [];
  return word?.replaceAll('%%', '%').replace(/\\([\\"])/g, '$1');
}

/** One word of a unit file: quoted, with specifiers and escapes taken literally (systemd.syntax(7)). */
export function quoteWord(word: string): string {
  return `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}
