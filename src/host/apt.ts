import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BusyError, VolumeError } from '../errors.js';
import { type Command, CommandError, type Runner } from './exec.js';

/** What apt and dpkg lock while they work, by fcntl(2): no flock(1) sees that. */
const LOCKS = [
  '/var/lib/dpkg/lock-frontend',
  '/var/lib/dpkg/lock',
  '/var/lib/apt/lists/lock',
  '/var/cache/apt/archives/lock',
] as const;

export interface LockHolder {
  path: string;
  pid: number;
  /** As the kernel names the process, e.g. `unattended-upgr`. */
  program: string;
}

/** Milliseconds. */
const POLL_MS = 500;
/** As long as an upgrade that runs by itself at night usually takes, with room to spare; in milliseconds. */
const WAIT_MS = 10 * 60_000;

export interface AptOptions {
  /** Told once for each process that is waited for. */
  report: (message: string) => void;
  waitMs?: number;
  findHolder?: () => Promise<LockHolder | undefined>;
}

/**
 * Waits until nobody else is using apt or dpkg.
 * @throws BusyError `apt-busy` after ten minutes; nothing has been changed
 */
export async function waitForApt({
  report,
  waitMs = WAIT_MS,
  findHolder = aptLockHolder,
}: AptOptions): Promise<void> {
  const deadline = performance.now() + waitMs;
  let told: number | undefined;
  for (;;) {
    const holder = await findHolder();
    if (holder === undefined) return;
    const who = `${holder.program} (pid ${holder.pid}) holds ${holder.path}`;
    if (performance.now() >= deadline) {
      throw new BusyError('apt-busy', `${who}; waited ${waitMs / 1000} s for it. Nothing was changed.`, {
        suggestions: [
          `See what it is doing: ps -fp ${holder.pid}`,
          'When it has ended, run bench init again.',
        ],
      });
    }
    if (told !== holder.pid) report(`Waiting: ${who}`);
    told = holder.pid;
    await sleep(POLL_MS);
  }
}

/**
 * Runs commands of apt and dpkg one after the other, each when nobody else is at it. One that loses the race for a
 * lock all the same is run again.
 * @throws VolumeError `packages-not-installed`
 */
export async function runApt(
  runner: Runner,
  commands: readonly Command[],
  options: AptOptions,
): Promise<void> {
  for (const command of commands) {
    for (let locked = true; locked; ) {
      await waitForApt(options);
      locked = await runner.run(command).then(
        () => false,
        (error: unknown) => {
          if (error instanceof CommandError && lostTheRace(error.result.stderr)) return true;
          throw notInstalled(error);
        },
      );
    }
  }
}

/** The words of apt and dpkg for a lock that they did not get; dpkg names the program where it can. */
function lostTheRace(stderr: string): boolean {
  return /^E: Could not get lock |lock was locked by .+ process with pid/m.test(stderr);
}

function notInstalled(error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  return new VolumeError(
    'packages-not-installed',
    `Packages that bench needs could not be installed. Nothing else was changed. ${error.message}`,
    {
      command: error.result.argv,
      stderr: error.result.stderr,
      suggestions: [
        'Mend what apt complains of (its sources, the network), until this works: apt-get update',
        'Then run bench init again: it goes on from here.',
      ],
      cause: error,
    },
  );
}

/** Who holds one of apt's locks now, by the kernel's table (proc_locks(5)); no process and no privilege needed. */
export async function aptLockHolder(): Promise<LockHolder | undefined> {
  const table = await readFile('/proc/locks', 'utf8');
  for (const path of LOCKS) {
    const file = await stat(path).catch(() => undefined);
    const pid = file === undefined ? undefined : lockOwner(table, file);
    if (pid === undefined) continue;
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a process');
    return { path, pid, program: program.trim() };
  }
  return undefined;
}

/** `1: POSIX  ADVISORY  WRITE 411 00:18:998 0 EOF`: the owner's pid, then device (hexadecimal) and inode. */
export function lockOwner(table: string, file: { dev: number; ino: number }): number | undefined {
  for (const line of table.split('\n')) {
    const match = /^\d+: POSIX +\S+ +WRITE +(\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) /.exec(line);
    if (match === null) continue;
    const [, pid, major = '', minor = '', inode] = match;
    if (Number(inode) !== file.ino || deviceNumber(major, minor) !== file.dev) continue;
    return Number(pid);
  }
  return undefined;
}

/** Both numbers in one as stat(2) has them: makedev(3). */
function deviceNumber(major: string, minor: string): number {
  const low = Number.parseInt(minor, 16);
  const lowest = low & 0xff;
  return Number.parseInt(major, 16) * 256 + lowest + (low - lowest) * 4096;
}
