import { setTimeout as sleep } from 'node:timers/promises';
import { requireOwnDataset } from '../bench/own-dataset.js';
import { refuseUnfinishedRestore } from '../bench/restore-journal.js';
import { utcStamp } from '../bench/tag.js';
import type { BenchConfig } from '../config/config.js';
import { tag as tagProblem } from '../config/names.js';
import { BenchError, RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { benchLock } from '../host/paths.js';
import { encodeNote, findSnapshot, listSnapshots, type Snapshot } from '../zfs/zfs.js';
import { snapshotHeldStill } from './hold-still.js';

export interface SnapshotOptions {
  tag?: string;
  note?: string;
  /** Take it although MariaDB runs and cannot be asked to hold still; InnoDB recovers from that as from a crash. */
  crashConsistent?: boolean;
  /** By the schedule, which may prune it later. */
  scheduled?: boolean;
}

/** What `bench volume snapshot --json` prints. Times in milliseconds. */
export interface SnapshotResult {
  tag: string;
  name: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  quiesce: 'backup-stage' | 'read-lock' | 'stopped' | 'crash-consistent';
  lockWaitMs: number;
  lockHeldMs: number;
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
  const { lockTimeoutMs } = config.snapshot;
  refuseLongNote(options.note);
  const lock = { path: benchLock(config.name), timeoutMs: lockTimeoutMs, purpose: 'bench volume snapshot' };
  return withLock(lock, async (held) => {
    const runner = holding(host, held);
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

/** What `bench volume list-snapshots --json` prints for each. */
export interface ListedSnapshot {
  tag: string;
  name: string;
  createdAt: string;
  usedBytes: number;
  referencedBytes: number;
  /** How MariaDB was held still; null for a snapshot that bench did not make. */
  quiesce: string | null;
  note: string | null;
  holds: string[];
  clones: string[];
  /** The schedule has made it, and prunes it once no rule keeps it. */
  scheduled: boolean;
  /** Never pruned. */
  pinned: boolean;
}

export interface SnapshotList {
  dataset: string;
  snapshots: ListedSnapshot[];
}

/** Every snapshot of the bench's dataset, newest first. One process, and one more where any is held. */
export async function listBenchSnapshots(config: BenchConfig, runner: Runner): Promise<SnapshotList> {
  const { dataset } = config.volume;
  const snapshots = await listSnapshots(runner, dataset);
  const holds = await holdTags(runner, snapshots);
  return {
    dataset,
    snapshots: snapshots.map((snapshot) => ({
      tag: snapshot.tag,
      name: snapshot.name,
      createdAt: snapshot.createdAt.toISOString(),
      usedBytes: snapshot.usedBytes,
      referencedBytes: snapshot.referencedBytes,
      quiesce: snapshot.quiesce ?? null,
      note: snapshot.note ?? null,
      holds: holds.get(snapshot.name) ?? [],
      clones: snapshot.clones,
      scheduled: snapshot.scheduled,
      pinned: snapshot.pinned,
    })),
  };
}

/** The tags of the holds on these snapshots (zfs-hold(8)); no process where none is held. */
export async function holdTags(
  runner: Runner,
  snapshots: readonly Snapshot[],
): Promise<Map<string, string[]>> {
  const held = snapshots.filter(({ holds }) => holds > 0).map(({ name }) => name);
  const tags = new Map<string, string[]>();
  if (held.length === 0) return tags;
  const { stdout } = await runner.run({ argv: ['zfs', 'holds', '-H', '-p', ...held] });
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [name, tag] = line.split('\t') as [string, string];
    tags.set(name, [...(tags.get(name) ?? []), tag]);
  }
  return tags;
}
