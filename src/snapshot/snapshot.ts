import { setTimeout as sleep } from 'node:timers/promises';
import {
  aloneOn,
  refuseUnfinishedDrop,
  refuseUnfinishedRestore,
  requireOwnDataset,
  utcStamp,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { tag as tagProblem } from '../names.js';
import { encodeNote, findSnapshot } from '../zfs/zfs.js';
import { type HeldStill, type StillOptions, snapshotHeldStill } from './hold-still.js';
import { readMembers } from './members.js';

export interface SnapshotOptions extends StillOptions {
  tag?: string;
}

/** What `bench volume snapshot --json` prints. Times in milliseconds. */
export interface SnapshotResult extends Omit<HeldStill, 'quiesce'> {
  /** `none`: of a data volume, which nobody was asked to hold still. */
  quiesce: HeldStill['quiesce'] | 'none';
  tag: string;
  name: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** The volumes whose snapshots were taken at the same moment; only where there are any. */
  volumes?: string[] | undefined;
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
    await refuseUnfinishedDrop(config.name);
    await requireOwnDataset(config, runner);
    const members = await readMembers(config, runner);
    const datasets = members.map(({ dataset }) => dataset);
    const tag = await freeTag([config.volume.dataset, ...datasets], runner, options.tag);
    const name = `${config.volume.dataset}@${tag}`;
    const volumes = datasets.map((dataset) => `${dataset}@${tag}`);
    const still = await snapshotHeldStill(config, runner, name, options, volumes);
    const made = await findSnapshot(runner, name);
    if (made === undefined) {
      throw new BenchError('snapshot-missing', `zfs reported success, but ${name} does not exist.`);
    }
    return {
      tag,
      name,
      createdAt: made.createdAt.toISOString(),
      ...still,
      ...(members.length === 0 ? {} : { volumes: members.map((member) => member.name) }),
    };
  });
}

/** Before the lock: ZFS would refuse it under the lock (zfsprops(7): 8192 bytes with the NUL at the end). */
export function refuseLongNote(note: string | undefined): void {
  const bytes = Buffer.byteLength(encodeNote(note ?? ''));
  if (bytes < 8192) return;
  throw new UsageError('note-too-long', `The note takes ${bytes} bytes as ZFS keeps it; at most 8191 fit.`);
}

/** The tag asked for, or the time. Two within one second: the second waits for the next one. */
export async function freeTag(
  datasets: readonly string[],
  runner: Runner,
  wanted: string | undefined,
): Promise<string> {
  if (wanted !== undefined) {
    const problem = tagProblem(wanted);
    if (problem !== undefined)
      throw new UsageError('tag-invalid', `The tag ${JSON.stringify(wanted)}: ${problem}.`);
  }
  const taken = async (tag: string) => {
    for (const dataset of datasets)
      if ((await findSnapshot(runner, `${dataset}@${tag}`)) !== undefined) return `${dataset}@${tag}`;
    return undefined;
  };
  const present = wanted === undefined ? undefined : await taken(wanted);
  if (present !== undefined) {
    throw new RefusedError('snapshot-exists', `${present} exists already. Nothing was changed.`, {
      suggestions: ['Choose another tag, or leave --tag out to have the time as the tag.'],
    });
  }
  if (wanted !== undefined) return wanted;
  for (;;) {
    const tag = utcStamp(new Date());
    if ((await taken(tag)) === undefined) return tag;
    await sleep(1000 - (Date.now() % 1000));
  }
}
