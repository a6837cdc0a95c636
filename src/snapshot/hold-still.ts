import type { BenchConfig } from '../config/config.js';
import { BenchError } from '../errors.js';
import { type Command, CommandError, type Runner, requirePrivilege } from '../host/exec.js';
import { instanceState, listens, quiesced, unitName } from '../mariadb/mariadb.js';
import {
  destroySnapshot,
  encodeNote,
  findSnapshot,
  MARK,
  markInconsistent,
  snapshotDataset,
} from '../zfs/zfs.js';

/** How a snapshot is to be taken. */
export interface StillOptions {
  note?: string;
  /** Take it although MariaDB runs and cannot be asked to hold still; InnoDB recovers from that as from a crash. */
  crashConsistent?: boolean;
  /** The clone that it is taken for, and goes with. */
  madeFor?: string;
  /** By the schedule, which may prune it later. */
  scheduled?: boolean;
  /** By replication, which destroys it once a later one is copied. */
  replicated?: boolean;
  /** To be copied off-site, and to go when no copy builds on it any more. */
  toCopy?: boolean;
}

/** How MariaDB was held still for it. Times in milliseconds. */
export interface HeldStill {
  quiesce: 'backup-stage' | 'read-lock' | 'stopped' | 'crash-consistent';
  lockWaitMs: number;
  lockHeldMs: number;
}

/**
 * Takes the snapshot `name`, and with it at the same moment those of volumes, while MariaDB is held still, or is stopped.
 * Between lock and unlock stands one process.
 * @throws BusyError `lock-timeout`; MariaDbError when MariaDB runs and cannot be asked; RefusedError `sudo-denied`;
 *   in each case no snapshot is left behind
 */
export async function snapshotHeldStill(
  config: BenchConfig,
  runner: Runner,
  name: string,
  options: StillOptions,
  volumes: readonly string[] = [],
): Promise<HeldStill> {
  const names = [name, ...volumes];
  // Before the lock: what fails here would fail under it.
  await requirePrivilege(runner, snapshotCommand(names, 'backup-stage', options));
  const take = async (quiesce: HeldStill['quiesce'], inheritFds: number[] = []) => {
    await runner.run({ ...snapshotCommand(names, quiesce, options), inheritFds });
  };
  if (await isStopped(config, runner)) {
    await take('stopped');
    if (await isStopped(config, runner)) return { quiesce: 'stopped', lockWaitMs: 0, lockHeldMs: 0 };
    // Started meanwhile: then it is no snapshot of a stopped server.
    await discard(runner, names);
  }

  const { socketPath } = config.mariadb;
  const { lock, lockTimeoutMs: timeoutMs } = config.snapshot;
  let begun = false;
  try {
    const held = await quiesced({ socketPath, lock, timeoutMs }, (method, connectionFd) => {
      begun = true;
      return take(method, connectionFd === undefined ? [] : [connectionFd]);
    });
    return { quiesce: held.quiesce, lockWaitMs: held.lockWaitMs, lockHeldMs: held.lockHeldMs };
  } catch (error) {
    // A zfs that failed or ran out of time may have made it all the same, without the lock by then.
    if (begun) await discard(runner, names);
    const unreachable = error instanceof BenchError && error.code.startsWith('mariadb-');
    if (!unreachable) throw error;
    if (!options.crashConsistent) throw withoutSnapshot(error);
    await take('crash-consistent');
    return { quiesce: 'crash-consistent', lockWaitMs: 0, lockHeldMs: 0 };
  }
}

function snapshotCommand(
  names: readonly string[],
  quiesce: HeldStill['quiesce'],
  { note, madeFor, scheduled, replicated, toCopy }: StillOptions,
): Command {
  const own = names[0]?.split('@')[1] ?? '';
  return snapshotDataset(names, {
    [MARK.quiesce]: quiesce,
    ...(note === undefined ? {} : { [MARK.note]: encodeNote(note) }),
    ...(madeFor === undefined ? {} : { [MARK.madeFor]: encodeNote(madeFor) }),
    ...(scheduled ? { [MARK.schedule]: own } : {}),
    ...(replicated ? { [MARK.replicate]: own } : {}),
    ...(toCopy ? { [MARK.offsite]: own } : {}),
  });
}

/** Its unit is stopped, and nobody has started a server on its socket past the unit. */
async function isStopped({ mariadb }: BenchConfig, runner: Runner): Promise<boolean> {
  const state = await instanceState(runner, unitName(mariadb.instance));
  return state === 'stopped' && !(await listens(mariadb.socketPath));
}

/**
 * Takes back a snapshot that must not be mistaken for a consistent one; one that bench did not make is not touched.
 * An operator may not destroy it, but say so of it.
 */
async function discard(runner: Runner, names: readonly string[]): Promise<void> {
  for (const name of names) await discardOne(runner, name);
}

async function discardOne(runner: Runner, name: string): Promise<void> {
  try {
    if ((await findSnapshot(runner, name))?.quiesce === undefined) return;
    await runner.run(destroySnapshot(name));
  } catch (cause) {
    const marked = await runner.run(markInconsistent(name)).then(
      () => true,
      () => false,
    );
    const details =
      cause instanceof CommandError ? { command: cause.result.argv, stderr: cause.result.stderr } : {};
    throw new BenchError(
      'snapshot-inconsistent',
      `${name} was taken while MariaDB was not held still, and could not be destroyed: ` +
        (marked ? 'it is marked as crash-consistent.' : 'it must not be used.'),
      { ...details, suggestions: ['Take another one.', `As root: zfs destroy ${name}`], cause },
    );
  }
}

function withoutSnapshot(error: BenchError): BenchError {
  return new BenchError(error.code, `${error.message} No snapshot was taken.`, {
    ...(error.command === undefined ? {} : { command: error.command }),
    suggestions: [
      ...error.suggestions,
      'Or take it as after a power cut, which InnoDB recovers from: add --crash-consistent.',
    ],
    cause: error,
  });
}
