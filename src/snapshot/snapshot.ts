import { setTimeout as sleep } from 'node:timers/promises';
import { aloneOn, refuseUnfinishedRestore, requireOwnDataset, utcStamp } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { tag as tagProblem } from '../names.js';
import { encodeNote, findSnapshot } from '../zfs/zfs.js';
import { type HeldStill, type StillOptions, snapshotHeldStill } from './hold-still.js';

export interface SnapshotOptions extends StillOptions {
  tag?: string;
}

/** What `bench volume snapshot --json` prints. Times in milliseconds. */
export interface SnapshotResult extends HeldStill {
  tag: string;
  name: string;
  /** ISO 8601, UTC. */
  createdAt: string;
}

/**
 * Takes one consistent snapshot of files and database (SPEC section 6).
 * @throws BusyError when another operation runs on this bench, or the lock was not had in time
 * @throws MariaDbError when MariaDB runs and cannot be asked; no snapshot is left behind
 */
export async function takeSnapshot(
  config: BenchConfig,
  host: Runner,
  options: SnapshotOptions = {},
): Promise<SnapshotResult> {
  refuseLongNote(options.note);
  return aloneOn(config, host, 'bench volume snapshot', async (runner) => {
    await refuseUnfinishedRestore(config.name);
    await requireOwnDataset(config, runner);
    const tag = await freeTag(config.volume.dataset, runner, options.tag);
    const name = `${config.volume.dataset}@${tag}`;
    const still = await snapshotHeldStill(config, runner, name, options);
    const made = await findSnapshot(runner, name);
    if (made === undefined) {
      throw new BenchError('snapshot-missing', `zfs reported success, but ${name} does not exist.`);
    }
    return { tag, name, createdAt: made.createdAt.toISOString(), ...still };
  });
}

/** Before the lock: ZFS would refuse it under the lock (zfsprops(7): 8192 bytes with the NUL at the end). */
function refuseLongNote(note: string | undefined): void {
  const bytes = Buffer.byteLength(encodeNote(note ?? ''));
  if (bytes < 8192) return;
  throw new UsageError('note-too-long', `The note takes ${bytes} bytes as ZFS keeps it; at most 8191 fit.`);
}

/** The tag asked for, or the time. Two within one second: the second waits for the next one. */
async function freeTag(dataset: string, runner: Runner, wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) {
    const problem = tagProblem(wanted);
    if (problem !== undefined)
      throw new UsageError('tag-invalid', `The tag ${JSON.stringify(wanted)}: ${problem}.`);
  }
  const isTaken = async (tag: string) => (await findSnapshot(runner, `${dataset}@${tag}`)) !== undefined;
  if (wanted !== undefined && (await isTaken(wanted))) {
    throw new RefusedError('snapshot-exists', `${dataset}@${wanted} exists already. Nothing was changed.`, {
      suggestions: ['Choose another tag, or leave --tag out to have the time as the tag.'],
    });
  }
  if (wanted !== undefined) return wanted;
  for (;;) {
    const tag = utcStamp(new Date());
    if (!(await isTaken(tag))) return tag;
    await sleep(1000 - (Date.now() % 1000));
  }
}
