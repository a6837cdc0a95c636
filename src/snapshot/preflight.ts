import {
  type Layout,
  layoutOf,
  RESET_TAG,
  type RestoreJournal,
  readJournal,
  requireOwnDataset,
  unfinishedRestore,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { requireKeyAtHand } from '../keys/keys.js';
import { onOneLine } from '../printable.js';
import { type Dataset, isHeld, listSnapshots, type OwnHold, type Snapshot } from '../zfs/zfs.js';
import { type KeptCopy, keptNames } from './kept.js';
import { refuseHeldOrCloned, refuseMissingFstab, refuseOpenFiles } from './obstacles.js';
import { preflightKeep } from './preflight-swap.js';
import { type FoundVolume, preflightVolumes, type VolumePreview, writtenSince } from './preflight-volumes.js';

export interface RestoreRequest {
  tag: string;
  /** Set the live dataset aside instead of rolling it back. */
  keep: boolean;
  /** Leave the volumes of the bench as they are. */
  withoutVolumes?: boolean;
  /** Of `bench clone reset`, which sees to it that the clone does not act. */
  byReset?: boolean;
}

/** What a restore would do, found out before anything is touched. */
export interface RestorePreview {
  dataset: string;
  tag: string;
  createdAt: string;
  /** Newer snapshots, which a rollback destroys; newest first. */
  destroys: string[];
  /** Bytes written since the snapshot that are lost. */
  lostBytes: number;
  /** It finishes one that was interrupted. */
  finishes: boolean;
  /** It takes the place of another one that was interrupted. */
  takesOver: Pick<RestoreJournal, 'mode' | 'tag'> | null;
  /** What is live is kept with all its snapshots, and can be brought back. */
  keeps: boolean;
  /** The older copy that a restore with `--keep` drops. */
  replaces: KeptCopy | null;
  volumes: VolumePreview[];
  /** Holds of bench's own, for copies elsewhere, that end with the newer snapshots. */
  releases: OwnHold[];
}

/** Everything that a restore or its undo goes on with. */
export interface Found {
  mode: RestoreJournal['mode'];
  tag: string;
  /** Undefined for an undo, which goes to no snapshot. */
  snapshot: Snapshot | undefined;
  /** Of a restore that was interrupted, whichever it was. */
  journal: RestoreJournal | undefined;
  /** That restore is this one, which goes on with it. */
  resumes: boolean;
  layout: Layout;
  /** Undefined in the middle of a swap. */
  live: Dataset | undefined;
  /** MariaDB and the bench's own units, as far as they are to be stopped. */
  units: string[];
  /** The volumes that go along. */
  volumes: FoundVolume[];
}

/**
 * Everything that can speak against a restore, checked before anything is touched.
 * @throws UsageError `snapshot-missing`; RefusedError `snapshot-held`, `snapshot-cloned`, `dataset-busy`,
 *   `fstab-missing`, `snapshot-changed`, `restore-unfinished`, `reset-needed`, and those of {@link preflightKeep}
 */
export async function previewRestore(
  config: BenchConfig,
  runner: Runner,
  request: RestoreRequest,
): Promise<RestorePreview> {
  return (await preflight(config, runner, request)).preview;
}

export async function preflight(
  config: BenchConfig,
  runner: Runner,
  { tag, keep, withoutVolumes = false, byReset = false }: RestoreRequest,
): Promise<{ preview: RestorePreview; found: Found }> {
  const { dataset } = config.volume;
  const layout = layoutOf(config);
  const journal = await readJournal(config.name);
  // Without --keep it is the same restore, and goes on as it began.
  const resumes =
    journal !== undefined &&
    journal.mode !== 'undo' &&
    journal.tag === tag &&
    (journal.mode === 'keep' || !keep);
  if (journal !== undefined && !resumes) refuseTakeover(config.name, journal);
  const mode = keep || journal?.mode === 'keep' ? 'keep' : 'rollback';
  // Then the dataset that was live is somewhere, and was looked at when it began.
  const inSwap = journal?.mode === 'keep';
  const live = inSwap ? undefined : await requireOwnDataset(config, runner);

  if (live !== undefined) await requireKeyAtHand(config.name, live, keep ? config.volume.key : undefined);

  const snapshots = await listSnapshots(runner, dataset);
  const others = inSwap ? await listSnapshots(runner, keptNames(dataset).kept) : [];
  const snapshot = [...snapshots, ...others].find((candidate) => candidate.tag === tag);
  if (snapshot === undefined) {
    throw new UsageError(
      'snapshot-missing',
      `${dataset} has no snapshot ${onOneLine(tag)}. Nothing was changed.`,
      {
        suggestions: [`bench volume list-snapshots -b ${config.name}`],
      },
    );
  }
  refuseOfOther(config.name, snapshot);
  if (!byReset && !resumes) refuseUnmuted(config.name, live, tag);
  if (resumes && journal.snapshotGuid !== snapshot.guid) {
    throw new RefusedError(
      'snapshot-changed',
      `The snapshot ${tag} is not the one that the interrupted restore began with. Nothing was changed.`,
      { suggestions: [`Restore another snapshot: bench volume list-snapshots -b ${config.name}`] },
    );
  }
  // Cut off behind the rollback, it is not done again: what came into being since then stays.
  const rollsBack = mode === 'rollback' && !(resumes && journal.phase !== 'begun');
  const newer = rollsBack ? snapshots.slice(0, snapshots.indexOf(snapshot)) : [];
  const releases = await refuseHeldOrCloned(runner, newer, config.name);
  const replaces =
    mode === 'keep' && live !== undefined ? await preflightKeep(runner, live, snapshots, snapshot) : null;
  const ofVolumes = await preflightVolumes(config, runner, {
    tag,
    mode,
    without: withoutVolumes,
    resumed: resumes ? journal : undefined,
    replaced: resumes ? undefined : journal,
  });
  const units = await refuseHost(config, layout, journal);
  const lost = rollsBack ? await writtenSince(runner, dataset) : 0;
  const preview: RestorePreview = {
    dataset,
    tag,
    createdAt: snapshot.createdAt.toISOString(),
    destroys: newer.map((each) => each.tag),
    lostBytes: newer.reduce((sum, { writtenBytes }) => sum + writtenBytes, lost),
    finishes: resumes,
    takesOver: journal === undefined || resumes ? null : { mode: journal.mode, tag: journal.tag },
    keeps: mode === 'keep',
    replaces,
    volumes: ofVolumes.previews,
    releases: [...releases, ...ofVolumes.releases],
  };
  return {
    preview,
    found: { mode, tag, snapshot, journal, resumes, layout, live, units, volumes: ofVolumes.volumes },
  };
}

/** `bench clone promote` brings snapshots along that another bench is in, by name, unit and all. */
function refuseOfOther(bench: string, { of, tag }: Snapshot): void {
  if (of === undefined || of === bench) return;
  throw new RefusedError(
    'snapshot-of-other',
    `What is in the snapshot ${onOneLine(tag)} is the bench ${onOneLine(of)}: it came to ${bench} when that was promoted. Nothing was changed.`,
    { suggestions: [`Make a bench of it: bench clone ${bench} NEW --snapshot ${onOneLine(tag)}`] },
  );
}

/** A clone as it was made is its source: its events, its replicas, and whatever `[clone]` has made harmless since. */
function refuseUnmuted(bench: string, live: Dataset | undefined, tag: string): void {
  const clone = live?.clone;
  if (tag !== RESET_TAG || clone === undefined || isHeld(clone)) return;
  throw new RefusedError(
    'reset-needed',
    `${tag} is ${bench} before anything had run on it: restored like any other snapshot it would act as ${clone.source} does. Nothing was changed.`,
    { suggestions: [`bench clone reset ${bench}`] },
  );
}

/**
 * Another snapshot may take the place of an interrupted restore, which may be the way on where the first one was no
 * good. Not of an undo, whose copy stands somewhere; nor of a `--keep` on which sites are open: that would lose what
 * they have written, and has only to be finished.
 */
function refuseTakeover(bench: string, journal: RestoreJournal): void {
  const { mode, phase } = journal;
  const refused = mode === 'undo' ? phase === 'begun' : mode === 'keep' && phase === 'opened';
  if (refused) throw unfinishedRestore(bench, journal);
}

/** What on the host speaks against it; returns the units that are to be stopped. */
export async function refuseHost(
  config: BenchConfig,
  layout: Layout,
  journal: RestoreJournal | undefined,
): Promise<string[]> {
  await refuseMissingFstab(layout, config.name);
  // With bench.toml out of sight, or older, the journal knows units that are not in it.
  const units = [...new Set([layout.unit, ...config.maintenance.units, ...(journal?.activeUnits ?? [])])];
  await refuseOpenFiles(layout, units);
  return units;
}
