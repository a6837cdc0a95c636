import { finishCloneCommand, RESET_TAG, unfinishedRestore } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { previewRestore, type RestorePreview, restoreSnapshot } from '../snapshot/snapshot-orchestrator.js';
import { applySteps, type OnStep } from '../steps/steps.js';
import { findSnapshot, isHeld } from '../zfs/zfs.js';
import { preparationOf, withInitLocks } from './as-init.js';
import { openClone, requireClone } from './own.js';
import { prepare, setState } from './prepare.js';
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
  const purpose = `bench clone reset ${name}`;
  const finish = finishCloneCommand(name, marks);
  // A restore that was cut off has found it held, and may have its bench.toml out of sight.
  if (!confirmed.finishes)
    await withInitLocks(name, purpose, host, async (runner) => {
      await requireClone(config, runner);
      // From here on it must not act: what has muted it is about to be undone.
      await applySteps([setState(config, 'unprepared')], runner, onEvent);
      await preparationOf(config, runner, finish, onEvent).converge();
    });
  const restored = await restoreSnapshot(config, host, REQUEST, confirmed, onEvent);
  const { config: now } = await openClone(name, host);
  await withInitLocks(name, purpose, host, async (runner) =>
    prepare(preparationOf(now, runner, finish, onEvent, await userFor(now, runner))),
  );
  return {
    bench: name,
    destroyed: restored.destroyed,
    lostBytes: restored.lostBytes,
    notes: restored.notes,
    durationMs: Math.round(performance.now() - started),
  };
}
