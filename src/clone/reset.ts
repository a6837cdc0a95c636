import { finishCloneCommand, RESET_TAG, unfinishedRestore } from '../bench/bench.js';
import { BusyError, RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import {
  leaveBench,
  previewRestore,
  type RestorePreview,
  restoreAlone,
} from '../snapshot/snapshot-orchestrator.js';
import { applySteps, halfWay, type OnStep } from '../steps/steps.js';
import { findSnapshot, isHeld } from '../zfs/zfs.js';
import { preparationOf, withInitLocks } from './as-init.js';
import { openClone, requireClone } from './own.js';
import { type Preparation, prepare, setState } from './prepare.js';
import { userFor } from './reload.js';

const REQUEST = { tag: RESET_TAG, keep: false, byReset: true };

/** What `bench clone reset` prints. */
export interface ResetResult {
  bench: string;
  /** Snapshots of the clone that went with it. */
  destroyed: string[];
  lostBytes: number;
  notes: string[];
  durationMs: number;
}

/**
 * What it would lose: everything since the clone was made.
 * @throws RefusedError `reset-point-missing`; `restore-unfinished`, where something else than a reset was cut off; and
 *   those of a restore
 */
export async function previewReset(name: string, runner: Runner): Promise<RestorePreview> {
  const { config, dataset, marks } = await openClone(name, runner);
  if ((await findSnapshot(runner, `${dataset.name}@${RESET_TAG}`)) === undefined) {
    throw new RefusedError(
      'reset-point-missing',
      `${name} has no snapshot ${RESET_TAG} any more, to which it could go back. Nothing was changed.`,
      { suggestions: [`bench volume list-snapshots -b ${name}`, 'Or drop it, and make it anew.'] },
    );
  }
  const preview = await previewRestore(config, runner, REQUEST);
  if (preview.takesOver !== null) throw unfinishedRestore(name, preview.takesOver);
  if (preview.finishes && !isHeld(marks)) throw unfinishedRestore(name, { mode: 'rollback', tag: RESET_TAG });
  return preview;
}

/**
 * Brings a clone back to what it was before anything had run on it, and lets it act again as then. Cut off anywhere, it has
 * only to be run again; once the restore has begun, that, and then `bench clone`, finish it as well.
 */
export async function resetClone(
  name: string,
  host: Runner,
  confirmed: RestorePreview,
  onEvent: OnStep,
): Promise<ResetResult> {
  const started = performance.now();
  const { config, marks } = await openClone(name, host);
  const finish = finishCloneCommand(name, marks);
  leaveBench();
  // All of it under the locks of an init: what is refused, or finds somebody at work, has changed nothing.
  const restored = await withInitLocks(name, `bench clone reset ${name}`, host, async (runner) => {
    const mute = () => muteClone(preparationOf(config, runner, finish, onEvent));
    const result = await restoreAlone(config, runner, REQUEST, confirmed, onEvent, mute);
    await halfWay(async () => {
      const { config: now } = await openClone(name, runner);
      await prepare(preparationOf(now, runner, finish, onEvent, await userFor(now, runner)));
    });
    return result;
  });
  return {
    bench: name,
    destroyed: restored.destroyed,
    lostBytes: restored.lostBytes,
    notes: restored.notes,
    durationMs: Math.round(performance.now() - started),
  };
}

/** From here on it must not act: what has muted it is about to be undone. A restore that was cut off has found it so. */
async function muteClone({ config, runner, onEvent, converge }: Preparation): Promise<void> {
  const { marks } = await requireClone(config, runner);
  await applySteps([setState(config, 'unprepared')], runner, onEvent);
  try {
    await converge();
  } catch (error) {
    // What an init refuses it has not begun.
    if (error instanceof RefusedError || error instanceof BusyError)
      await applySteps([setState(config, marks.state)], runner, onEvent);
    throw error;
  }
}
