import { finishCloneCommand } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { previewRestore, type RestorePreview, restoreSnapshot } from '../snapshot/snapshot-orchestrator.js';
import { applySteps, type OnStep } from '../steps/steps.js';
import { findSnapshot } from '../zfs/zfs.js';
import { preparationOf, withInitLocks } from './as-init.js';
import { RESET_TAG } from './look.js';
import { openClone, requireClone } from './own.js';
import { prepare, setState } from './prepare.js';
import { userFor } from './reload.js';

const REQUEST = { tag: RESET_TAG, keep: false };

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
 * @throws RefusedError `reset-point-missing`, and those of a restore
 */
export async function previewReset(name: string, runner: Runner): Promise<RestorePreview> {
  const { config, dataset } = await openClone(name, runner);
  if ((await findSnapshot(runner, `${dataset.name}@${RESET_TAG}`)) === undefined) {
    throw new RefusedError(
      'reset-point-missing',
      `${name} has no snapshot ${RESET_TAG} any more, to which it could go back. Nothing was changed.`,
      { suggestions: [`bench volume list-snapshots -b ${name}`, 'Or drop it, and make it anew.'] },
    );
  }
  return previewRestore(config, runner, REQUEST);
}

/**
 * Brings a clone back to what it was before anything had run on it, and lets it act again as then. Cut off before the
 * restore has begun, it has only to be run again; later the restore, and then `bench clone`, say so and finish it.
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
