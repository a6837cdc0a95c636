import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { holdTags, listBenchDatasets, listSnapshots, poolOf, type Snapshot } from '../zfs/zfs.js';
import { type Verdict, verdictOf } from './verdict.js';

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
  /** Those of its clones that end by themselves. Times ISO 8601, UTC. */
  cloneEnds: { clone: string; expiresAt: string }[];
  /** The schedule has made it, and prunes it once no rule keeps it. */
  scheduled: boolean;
  /** Never pruned. */
  pinned: boolean;
  /** What the last proof of it has found; null where none was made. */
  verified: Verdict | null;
}

export interface SnapshotList {
  dataset: string;
  snapshots: ListedSnapshot[];
}

/** Every snapshot of the bench's dataset, newest first. One process, and one more where any is held, or is cloned. */
export async function listBenchSnapshots(config: BenchConfig, runner: Runner): Promise<SnapshotList> {
  return snapshotsOf(config.volume.dataset, runner);
}

/** The same of any dataset. */
export async function snapshotsOf(dataset: string, runner: Runner): Promise<SnapshotList> {
  const snapshots = await listSnapshots(runner, dataset);
  const holds = await holdTags(runner, snapshots);
  const ends = await endsOf(runner, snapshots);
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
      cloneEnds: snapshot.clones.flatMap((clone) => {
        const expiresAt = ends.get(clone);
        return expiresAt === undefined ? [] : [{ clone, expiresAt }];
      }),
      scheduled: snapshot.scheduled,
      pinned: snapshot.pinned,
      verified: verdictOf(snapshot) ?? null,
    })),
  };
}

/** Clones of these that end by themselves, with when; no process where there are none. */
async function endsOf(runner: Runner, snapshots: readonly Snapshot[]): Promise<Map<string, string>> {
  const clones = snapshots.flatMap((snapshot) => snapshot.clones);
  if (clones.length === 0) return new Map();
  const datasets = await listBenchDatasets(runner, [...new Set(clones.map(poolOf))]);
  return new Map(
    datasets.flatMap(({ name, clone }) =>
      clone?.expiresAt === undefined || clone.isProtected
        ? []
        : [[name, clone.expiresAt.toISOString()] as const],
    ),
  );
}
