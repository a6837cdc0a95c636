import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { benchLock } from '../host/paths.js';
import { beginJournal } from './begin.js';
import { finishCommand, type RestoreJournal } from './journal.js';
import { preflight, type RestorePreview } from './preflight.js';
import { carryOut, type RestoreEvent } from './restore-steps.js';

export { previewRestore, type RestorePreview } from './preflight.js';
export type { RestoreEvent } from './restore-steps.js';

/** What `bench volume restore-snapshot --json` prints. */
export interface RestoreResult {
  dataset: string;
  tag: string;
  destroyed: string[];
  lostBytes: number;
  durationMs: number;
}

/**
 * Brings files and database back to a snapshot (SPEC section 7). Every step may be repeated: interrupted anywhere,
 * the same call finishes it. On failure the services stay stopped, and the error says so.
 * @param confirmed the newer snapshots that the operator has agreed to lose; any other one stops the restore
 */
export async function restoreSnapshot(
  config: BenchConfig,
  host: Runner,
  tag: string,
  confirmed: readonly string[],
  onEvent: (event: RestoreEvent) => void = () => undefined,
): Promise<RestoreResult> {
  const started = performance.now();
  // Else bench's own working directory could keep the dataset busy.
  process.chdir('/');
  const lock = {
    path: benchLock(config.name),
    timeoutMs: config.snapshot.lockTimeoutMs,
    purpose: `bench volume restore-snapshot ${tag}`,
  };
  return withLock(lock, async (held) => {
    const runner = holding(host, held);
    const found = await preflight(config, runner, tag);
    refuseUnconfirmed(found.preview, confirmed);
    const journal = found.journal?.tag === tag ? found.journal : await beginJournal(config, runner, found);
    try {
      await carryOut({ ...found, config, runner, journal }, onEvent);
    } catch (error) {
      throw unfinished(config, journal, error);
    }
    return {
      dataset: found.preview.dataset,
      tag,
      destroyed: found.preview.destroys,
      lostBytes: found.preview.lostBytes,
      durationMs: Math.round(performance.now() - started),
    };
  });
}

function refuseUnconfirmed(preview: RestorePreview, confirmed: readonly string[]): void {
  const unseen = preview.destroys.filter((tag) => !confirmed.includes(tag));
  if (unseen.length === 0) return;
  throw new RefusedError(
    'snapshots-appeared',
    `Snapshots were made since you were asked: ${unseen.join(', ')}. They would be lost. Nothing was changed.`,
    { suggestions: ['Run the command again and look at what it shows.'] },
  );
}

/** A failure in the middle: which state things are in, and how to go on. */
function unfinished(config: BenchConfig, journal: RestoreJournal, error: unknown): BenchError {
  const cause =
    error instanceof BenchError ? error : new BenchError('internal-error', String(error), { cause: error });
  const state =
    journal.phase === 'begun'
      ? 'The data are as they were before the restore.'
      : `The data are those of ${journal.tag}.`;
  return new VolumeError(
    'restore-unfinished',
    `The restore is not finished: ${cause.message} ${state} The services of the bench may be stopped, and maintenance mode is on.`,
    {
      ...(cause.command === undefined ? {} : { command: cause.command }),
      ...(cause.stderr === undefined ? {} : { stderr: cause.stderr }),
      suggestions: [...cause.suggestions, `To finish it: ${finishCommand(config.name, journal)}`],
      cause: error,
    },
  );
}
