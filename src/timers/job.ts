import { join } from 'node:path';
import { UNIT_DIRECTORY } from '../bench/bench.js';
import type { BenchConfig, Timing } from '../config/config.js';
import { unitName } from '../mariadb/mariadb.js';

/** What a bench does by itself, at times that bench.toml says. */
export interface Job {
  config: Pick<BenchConfig, 'file' | 'name' | 'mariadb' | 'fromRecord'>;
  /** Names the units: `bench-<name>-<bench>`. */
  name: string;
  /** The table of bench.toml that it follows, and the key in it that says when. */
  table: string;
  key: string;
  /** Undefined where bench.toml wants none. */
  when: Timing | undefined;
  /** Sentences without a full stop, which systemd shows of its timer and of its service. */
  timerDescription: string;
  serviceDescription: string;
  /** What bench is started with. */
  argv: readonly string[];
  /** As systemd writes it (systemd.time(7)). */
  timeout: string;
  /** Lines of `[Service]` that take from it what it does not need. */
  confinement: readonly string[];
}

/** A job that bench.toml wants. */
export type WantedJob = Job & { when: Timing };

export interface JobUnits {
  timer: string;
  service: string;
}

/** The units of a job. A bench's name needs no escape in them. */
export function jobUnits({ name, config }: { name: string; config: { name: string } }): JobUnits {
  return { timer: `bench-${name}-${config.name}.timer`, service: `bench-${name}-${config.name}.service` };
}

export function unitPath(unit: string): string {
  return join(UNIT_DIRECTORY, unit);
}

/**
 * What nothing of bench needs that runs by itself: neither other kinds of socket, nor new namespaces, nor rights beyond
 * root's own. What is here leaves a service in the host's mount namespace.
 */
export const CONFINED = [
  'NoNewPrivileges=yes',
  'ProtectClock=yes',
  'ProtectHostname=yes',
  'LockPersonality=yes',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallErrorNumber=EPERM',
] as const;

/**
 * What works on ZFS without any mount may have besides: it sees the host read-only but for bench's own records, and no
 * device but ZFS's. Which network it needs each job says itself.
 */
export const HOST_READ_ONLY = [
  ...CONFINED,
  'CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE',
  'ProtectSystem=strict',
  'ReadWritePaths=/var/lib/bench',
  'ProtectHome=read-only',
  'PrivateTmp=yes',
  'DevicePolicy=closed',
  'DeviceAllow=/dev/zfs rw',
  'ProtectControlGroups=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'SystemCallFilter=@system-service',
] as const;

/**
 * The timer. A run that was missed while the machine was off is made up for once (`Persistent=`). Benches of one pool
 * do not all begin at once: each has its own fixed delay (systemd.timer(5), `FixedRandomDelay=`), so that what comes
 * each hour comes an hour apart.
 * @param delaySeconds below the time between two runs
 */
export function timerText(job: WantedJob, delaySeconds: number): string {
  return `# Written by bench init from [${job.table}] of bench.toml, which it follows.
[Unit]
Description=${job.timerDescription}

[Timer]
${job.when.calendars.map((calendar) => `OnCalendar=${calendar}`).join('\n')}
Persistent=true
AccuracySec=1s
RandomizedDelaySec=${delaySeconds}
FixedRandomDelay=true
Unit=${jobUnits(job).service}

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
 * One run. Root, because ZFS works for nobody else here; so everything that it does not need is taken from it. It says
 * itself what it lacks where the pool or the dataset is not there, and fails, which status shows.
 */
export function serviceText(job: Job, { program, benchesRoot }: ServiceOptions): string {
  return `# Written by bench init from [${job.table}] of bench.toml, which it follows.
[Unit]
Description=${job.serviceDescription}
Documentation=man:bench(1)
After=zfs.target local-fs.target ${unitName(job.config.mariadb.instance)}

[Service]
Type=oneshot
ExecStart=${quoteWord(program)} ${job.argv.join(' ')}
Environment=${quoteWord(`BENCHES_ROOT=${benchesRoot}`)}
TimeoutStartSec=${job.timeout}
UMask=0022
${job.confinement.join('\n')}
`;
}

/** The program that a service was written with; undefined for what is no service of ours. */
export function programOf(service: string | undefined): string | undefined {
  const [, word] = /^ExecStart="((?:\\.|[^"\\])*)" /m.exec(service ?? '') ?? [];
  return word?.replaceAll('%%', '%').replace(/\\([\\"])/g, '$1');
}

/** One word of a unit file: quoted, with specifiers and escapes taken literally (systemd.syntax(7)). */
export function quoteWord(word: string): string {
  return `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/** The same of an argument, in which systemd would look for variables as well (systemd.service(5), "Command Lines"). */
export function quoteArgument(word: string): string {
  return quoteWord(word).replaceAll('$', '$$$$');
}
