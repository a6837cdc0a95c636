import type { BenchConfig } from '../config/config.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type Layout, layoutOf } from '../volume-manager/layout.js';
import { type Dataset, listSnapshots, type Snapshot } from '../volume-manager/zfs.js';
import { type RestoreJournal, readJournal } from './journal.js';
import { refuseHeldOrCloned, refuseMissingFstab, refuseOpenFiles } from './obstacles.js';
import { requireOwnDataset } from './own-dataset.js';

/** What a restore would do, found out before anything is touched. */
export interface RestorePreview {
  dataset: string;
  tag: string;
  createdAt: string;
  /** Newer snapshots, which a rollback destroys; newest first. */
  destroys: string[];
  /** Bytes written since the snapshot that are lost. */
  lostBytes: number;
  /** The tag of an interrupted restore that this one finishes, or takes the place of; null where there is none. */
  resumes: string | null;
}

/** Everything that a restore goes on with. */
export interface Found {
  preview: RestorePreview;
  snapshot: Snapshot;
  /** Of a restore that was interrupted, to whichever snapshot. */
  journal: RestoreJournal | undefined;
  layout: Layout;
  live: Dataset;
  /** MariaDB and the bench's own units, as far as they are to be stopped. */
  units: string[];
}

/**
 * Everything that can speak against a restore, checked before anything is touched.
 * @throws UsageError `snapshot-missing`; RefusedError `snapshot-held`, `snapshot-cloned`, `dataset-busy`,
 *   `fstab-missing`, `snapshot-changed`
 */
export async function previewRestore(
  config: BenchConfig,
  runner: Runner,
  tag: string,
): Promise<RestorePreview> {
  return (await preflight(config, runner, tag)).preview;
}

export async function preflight(config: BenchConfig, runner: Runner, tag: string): Promise<Found> {
  const live = await requireOwnDataset(config, runner);
  const { dataset } = config.volume;
  const layout = layoutOf(config);
  const journal = await readJournal(config.name);
  const snapshots = await listSnapshots(runner, dataset);
  const index = snapshots.findIndex((snapshot) => snapshot.tag === tag);
  const snapshot = snapshots[index];
  if (snapshot === undefined) {
    throw new UsageError('snapshot-missing', `${dataset} has no snapshot ${tag}. Nothing was changed.`, {
      suggestions: [`bench volume list-snapshots -b ${config.name}`],
    });
  }
  if (journal?.tag === tag && journal.snapshotGuid !== snapshot.guid) {
    throw new RefusedError(
      'snapshot-changed',
      `The snapshot ${tag} is not the one that the interrupted restore began with. Nothing was changed.`,
      { suggestions: ['Restore another snapshot: bench volume list-snapshots'] },
    );
  }
  // Cut off behind the rollback, it is not done again: what came into being since then stays.
  const done = journal?.tag === tag && journal.phase === 'rolled-back';
  const newer = done ? [] : snapshots.slice(0, index);
  refuseHeldOrCloned(newer);
  await refuseMissingFstab(layout, config.name);
  // With bench.toml out of sight, or older, the journal knows units that are not in it.
  const units = [...new Set([layout.unit, ...config.maintenance.units, ...(journal?.activeUnits ?? [])])];
  await refuseOpenFiles(layout, units);
  const preview: RestorePreview = {
    dataset,
    tag,
    createdAt: snapshot.createdAt.toISOString(),
    destroys: newer.map((lost) => lost.tag),
    lostBytes: done
      ? 0
      : newer.reduce((sum, lost) => sum + lost.writtenBytes, await writtenSince(runner, dataset)),
    resumes: journal?.tag ?? null,
  };
  return { preview, snapshot, journal, layout, live, units };
}

/** Bytes written since the newest snapshot (zfsprops(7), `written`). */
async function writtenSince(runner: Runner, dataset: string): Promise<number> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-p', '-o', 'value', 'written', dataset],
  });
  return Number(stdout.trim());
}
