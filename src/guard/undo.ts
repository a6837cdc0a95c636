import { type GuardJournal, readJournal, whileNotSent } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { isRunning, resetFailed, startUnits, stopUnits, unitStates } from '../host/systemd.js';
import {
  keptNames,
  previewRestore,
  type RestorePreview,
  readMembers,
  restoreSnapshot,
  standings,
} from '../snapshot/snapshot-orchestrator.js';
import type { OnStep } from '../steps/steps.js';
import { findDataset, syncPool, writtenSince } from '../zfs/zfs.js';

/** What an undo has done. */
export interface Undone {
  restored: 'restored' | 'nothing-written';
  /** The dataset in which the failed state is kept; null where there was nothing to restore. */
  kept: string | null;
}

/**
 * What would keep a change from being undone, found before it begins: no process of somebody else's has files of the
 * bench open, the snapshot can be restored, nothing is copied of it, and no older copy would be dropped for it.
 * @throws RefusedError `kept-in-the-way`, and those of a restore with `--keep`; BusyError `busy`
 */
export async function refuseUndoable(
  config: BenchConfig,
  runner: Runner,
  tag: string,
  mayDrop: boolean,
): Promise<void> {
  const { replaces } = await previewRestore(config, runner, { tag, keep: true });
  // Only asked, and not held: a command may take hours, and copies that are due then must not wait for it.
  await whileNotSent(config.name, 'bench guard', async () => undefined);
  if (replaces === null || mayDrop) return;
  throw new RefusedError(
    'kept-in-the-way',
    `A copy from ${replaces.keptAt} is kept, and would be dropped where this change fails and is undone. Nothing was changed.`,
    {
      suggestions: [
        `Bring it back, or drop it: bench volume undo-restore --discard -b ${config.name}`,
        'Or agree to that: --yes',
      ],
    },
  );
}

/**
 * What has come of an undo that was left half way, by the commands that a restore prints itself: the restore was
 * finished (`undone`), or what is live was decided otherwise, such as by `undo-restore` (`otherwise`). To restore once more
 * would take what was written since. Undefined where nothing of that is seen, and for a restore that is to be finished.
 */
export async function settledSince(
  config: BenchConfig,
  runner: Runner,
  { tag, liveGuid, restoreBegan = false }: Pick<GuardJournal, 'tag' | 'liveGuid' | 'restoreBegan'>,
): Promise<'undone' | 'otherwise' | undefined> {
  if (liveGuid === undefined || (await readJournal(config.name)) !== undefined) return undefined;
  const names = keptNames(config.volume.dataset);
  if ((await findDataset(runner, names.live)) === undefined) return undefined;
  const at = await standings(runner, names.live);
  // The snapshot is this guard's own, so that only a restore to it makes the one a clone of the other.
  const isKeptFor = at.get(names.kept)?.origin === `${names.live}@${tag}`;
  const isReplaced = at.get(names.live)?.guid !== liveGuid;
  if (isKeptFor && isReplaced) return 'undone';
  return isKeptFor || isReplaced || restoreBegan ? 'otherwise' : undefined;
}

/** How long a service that the command has left running may take to end. */
const STOP_MS = 3 * 60_000;

/**
 * Ends what the command has left running, and brings back what was before it; the failed state is kept. Where not a byte
 * was written since, there is nothing to bring back.
 */
export async function undoChange(
  config: BenchConfig,
  runner: Runner,
  { tag, scope }: { tag: string; scope: string },
  onStep: OnStep,
): Promise<Undone> {
  // 5: nothing of it is left.
  await runner.run({ ...stopUnits([scope]), okExitCodes: [0, 5], timeoutMs: STOP_MS });
  const { dataset, pool } = config.volume;
  const request = { tag, keep: true };
  const preview: RestorePreview = await previewRestore(config, runner, request);
  if (!preview.finishes) {
    await runner.run(syncPool(pool));
    if (!(await hasWritten(config, runner, tag, preview))) return { restored: 'nothing-written', kept: null };
  }
  await restoreSnapshot(config, runner, request, preview, onStep);
  return { restored: 'restored', kept: keptNames(dataset).kept };
}

/**
 * Starts what ran before the command and does not now: it has stopped it, or brought it down. A restore wants back only what
 * it finds running or failed.
 * @returns what does not start, one sentence
 */
export async function startAgain(runner: Runner, units: readonly string[]): Promise<string[]> {
  const states = await unitStates(runner, units);
  const down = units.filter((_, index) => !isRunning(states[index]));
  if (down.length === 0) return [];
  await runner.run(resetFailed(down));
  try {
    await runner.run(startUnits(down));
    return [];
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return [`Not all that ran before runs again: ${error.message}`];
  }
}

/** Whether anything that a restore would bring back was written to: the bench's own dataset, or a volume that goes along. */
async function hasWritten(
  config: BenchConfig,
  runner: Runner,
  tag: string,
  { volumes }: Pick<RestorePreview, 'volumes'>,
): Promise<boolean> {
  if ((await writtenSince(runner, config.volume.dataset, tag)) > 0) return true;
  const names = volumes.filter(({ action }) => action === 'restored').map(({ name }) => name);
  for (const { name, dataset } of await readMembers(config, runner))
    if (names.includes(name) && (await writtenSince(runner, dataset, tag)) > 0) return true;
  return false;
}
