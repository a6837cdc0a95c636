import { layoutOf, readJournal, refuseUnfinishedRestore, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { requireKeyAtHand } from '../keys/keys.js';
import { onOneLine } from '../printable.js';
import type { OnStep } from '../steps/steps.js';
import { findDataset, poolOf } from '../zfs/zfs.js';
import { clearOfCopies } from './clear-of-copies.js';
import {
  dropKept,
  findMarked,
  type KeptCopy,
  keptNames,
  keptWith,
  refuseMountedCopy,
  refuseUndroppable,
  requireKept,
} from './kept.js';
import { type Found, refuseHost } from './preflight.js';
import { preflightUndo } from './preflight-swap.js';
import { asRestored, preflightUndoVolumes, type VolumePreview } from './preflight-volumes.js';
import { run, withBench } from './restore.js';
import { standings } from './standings.js';

/** What `bench volume undo-restore --json` prints. */
export interface UndoResult {
  dataset: string;
  /** When what is live again had been set aside, or had been kept until it was dropped; null where it went on. */
  keptAt: string | null;
  discarded: boolean;
  /** What the operator should know, one sentence each. */
  notes: string[];
  durationMs: number;
}

/** What an undo would do, found out before anything is touched. */
export interface UndoPreview {
  dataset: string;
  /** The copy that it brings back; null where it finishes or gives up what was interrupted. */
  kept: KeptCopy | null;
  /** The tag of an interrupted restore with `--keep`, which it gives up. */
  givesUp: string | null;
  /** The older copy that the interrupted restore would have dropped at its end. */
  drops: KeptCopy | null;
  volumes: VolumePreview[];
}

/**
 * What an undo would bring back. Changes nothing.
 * @throws UsageError `nothing-kept`; RefusedError of everything that speaks against it
 */
export async function previewUndo(config: BenchConfig, runner: Runner): Promise<UndoPreview> {
  return (await preflight(config, runner)).preview;
}

async function preflight(
  config: BenchConfig,
  runner: Runner,
): Promise<{ preview: UndoPreview; found: Found }> {
  const layout = layoutOf(config);
  const { dataset } = config.volume;
  const journal = await readJournal(config.name);
  const resumes = journal?.mode === 'undo';
  const givesUp = journal?.mode === 'keep';
  const inSwap = resumes || givesUp;
  const live = inSwap ? undefined : await requireOwnDataset(config, runner);
  if (live !== undefined) await requireKeyAtHand(config.name, live, config.volume.key);
  const kept = inSwap ? undefined : await requireKept(runner, dataset, config.name);
  if (live !== undefined && kept !== undefined) await preflightUndo(runner, live, kept);
  const ofVolumes =
    kept === undefined
      ? { previews: (journal?.volumes ?? []).map(asRestored), volumes: journal?.volumes ?? [] }
      : await preflightUndoVolumes(config, runner, kept);
  const units = await refuseHost(config, layout, journal);
  const preview: UndoPreview = {
    dataset,
    kept: kept ?? null,
    givesUp: givesUp ? journal.tag : null,
    drops: givesUp ? await droppedFor(runner, dataset, journal.swap?.liveGuid) : null,
    volumes: ofVolumes.previews,
  };
  return {
    preview,
    found: {
      mode: 'undo',
      tag: 'undo',
      snapshot: undefined,
      journal,
      resumes,
      layout,
      live,
      units,
      volumes: ofVolumes.volumes,
    },
  };
}

/** Where something has taken the place of what was live, that is what is kept, and not the older copy. */
async function droppedFor(
  runner: Runner,
  dataset: string,
  before: string | undefined,
): Promise<KeptCopy | null> {
  const live = (await standings(runner, dataset)).get(dataset);
  if (live === undefined || live.guid === before) return null;
  return (await findMarked(runner, keptNames(dataset).aside)) ?? null;
}

/**
 * Swaps the live dataset and the kept copy, each with all its snapshots. Run again, it swaps back.
 * @throws BusyError `busy` where something else is at work on the bench, or copies it; then nothing was changed
 */
export async function undoRestore(
  config: BenchConfig,
  host: Runner,
  onEvent: OnStep = () => undefined,
): Promise<UndoResult> {
  const started = performance.now();
  const purpose = 'bench volume undo-restore';
  return withBench(config, host, purpose, async (runner) => {
    const { preview, found } = await preflight(config, runner);
    const begin = () => run(config, runner, found, onEvent);
    const resumes = (await readJournal(config.name)) !== undefined;
    const notes = await clearOfCopies(config.name, purpose, { mode: 'undo', resumes, releases: [] }, begin);
    return {
      dataset: config.volume.dataset,
      keptAt: preview.kept?.keptAt ?? null,
      discarded: false,
      notes,
      durationMs: Math.round(performance.now() - started),
    };
  });
}

/** What `--discard` would drop. */
export async function previewDiscard(config: BenchConfig, runner: Runner): Promise<KeptCopy> {
  await refuseUnfinishedRestore(config.name);
  const kept = await requireKept(runner, config.volume.dataset, config.name);
  await refuseMountedCopy(kept.dataset);
  for (const copy of [kept.dataset, ...(await keptWith(runner, poolOf(kept.dataset), kept.keptAt))])
    await refuseUndroppable(runner, copy);
  return kept;
}

/**
 * Drops the kept copy with its snapshots. The live dataset is not touched.
 * @param agreed when the copy that somebody has agreed to lose was set aside
 * @throws RefusedError `changed-meanwhile` where it is another one now
 */
export async function discardKept(config: BenchConfig, host: Runner, agreed: string): Promise<UndoResult> {
  const started = performance.now();
  return withBench(config, host, 'bench volume undo-restore --discard', async (runner) => {
    const { keptAt, dataset } = await previewDiscard(config, runner);
    if (keptAt !== agreed) throw replaced(onOneLine(agreed), onOneLine(keptAt));
    for (const copy of await keptWith(runner, poolOf(dataset), keptAt)) await dropKept(runner, copy);
    await dropKept(runner, dataset);
    const { aside } = keptNames(config.volume.dataset);
    // Left by a restore that never came to its end.
    if ((await findDataset(runner, aside)) !== undefined) await dropKept(runner, aside);
    return {
      dataset: config.volume.dataset,
      keptAt,
      discarded: true,
      notes: [],
      durationMs: Math.round(performance.now() - started),
    };
  });
}

/** A restore with `--keep`, or an undo, has come in between. */
function replaced(agreed: string, keptAt: string): RefusedError {
  return new RefusedError(
    'changed-meanwhile',
    `The copy that was to be dropped is from ${agreed}; the one that is kept now is from ${keptAt}. Nothing was changed.`,
    { suggestions: ['Run the command again and look at what it shows.'] },
  );
}
