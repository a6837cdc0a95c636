import { aloneOn, finishCommand, type RestoreJournal } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { withoutNothingChanged } from '../printable.js';
import { type OnStep, perform } from '../steps/steps.js';
import { beginJournal } from './begin.js';
import { clearOfCopies } from './clear-of-copies.js';
import { keptNames } from './kept.js';
import { releaseNotes } from './obstacles.js';
import { type Found, preflight, type RestorePreview, type RestoreRequest } from './preflight.js';
import type { VolumePreview } from './preflight-volumes.js';
import { carryOut } from './restore-steps.js';

/** What `bench volume restore-snapshot --json` prints. */
export interface RestoreResult {
  dataset: string;
  tag: string;
  destroyed: string[];
  lostBytes: number;
  /** The dataset in which everything is kept; null for a rollback. */
  kept: string | null;
  volumes: VolumePreview[];
  /** What the operator should know, one sentence each. */
  notes: string[];
  durationMs: number;
}

/** What the operator has agreed to lose. */
type Confirmed = Pick<RestorePreview, 'destroys' | 'replaces'> & Partial<Pick<RestorePreview, 'volumes'>>;

/**
 * Brings files and database back to a snapshot (SPEC section 7). Every step may be repeated: interrupted anywhere,
 * the same call finishes it. On failure the services stay stopped, and the error says so.
 * @throws BusyError `busy` where something else is at work on the bench, or copies it; then nothing was changed
 * @param confirmed what the operator has agreed to lose, where anything more stops the restore; or, where all of it is
 *   agreed to, what shows it before anything is touched, so that it need not be found out twice
 */
export async function restoreSnapshot(
  config: BenchConfig,
  host: Runner,
  request: RestoreRequest,
  confirmed: Confirmed | ((preview: RestorePreview) => void),
  onEvent: OnStep = () => undefined,
): Promise<RestoreResult> {
  const started = performance.now();
  const restored = await withBench(config, host, purposeOf(request), (runner) =>
    restoreAlone(config, runner, request, confirmed, onEvent),
  );
  return { ...restored, durationMs: Math.round(performance.now() - started) };
}

/**
 * The same for whoever is alone on the bench already.
 * @param first done where nothing speaks against the restore any more, before anything is touched; not where it goes on
 *   with one that was interrupted
 */
export async function restoreAlone(
  config: BenchConfig,
  runner: Runner,
  request: RestoreRequest,
  confirmed: Confirmed | ((preview: RestorePreview) => void),
  onEvent: OnStep,
  first: () => Promise<void> = async () => undefined,
): Promise<Omit<RestoreResult, 'durationMs'>> {
  const { preview, found } = await preflight(config, runner, request);
  if (typeof confirmed === 'function') confirmed(preview);
  else refuseUnconfirmed(preview, confirmed);
  const begin = async () => {
    if (!found.resumes) await first();
    return run(config, runner, found, onEvent);
  };
  const notes = await clearOfCopies(config.name, purposeOf(request), { ...found, ...preview }, begin);
  notes.unshift(...releaseNotes(preview.releases));
  return {
    dataset: preview.dataset,
    tag: request.tag,
    destroyed: preview.destroys,
    lostBytes: preview.lostBytes,
    kept: preview.keeps ? keptNames(preview.dataset).kept : null,
    volumes: preview.volumes,
    notes,
  };
}

function purposeOf({ tag }: RestoreRequest): string {
  return `bench volume restore-snapshot ${tag}`;
}

/** Alone on the bench, and not in its way. */
export async function withBench<T>(
  config: BenchConfig,
  host: Runner,
  purpose: string,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  leaveBench();
  return aloneOn(config, host, purpose, work);
}

/** Else bench's own working directory could keep the dataset busy. */
export function leaveBench(): void {
  process.chdir('/');
}

/** Begins it, or goes on with it where it was cut off; returns what the operator should know. */
export async function run(
  config: BenchConfig,
  runner: Runner,
  found: Found,
  onEvent: OnStep,
): Promise<string[]> {
  const { resumes } = found;
  const journal = (resumes ? found.journal : undefined) ?? (await beginJournal(config, runner, found));
  const notes: string[] = [];
  try {
    await carryOut({
      ...found,
      config,
      runner,
      journal,
      notes,
      step: (title, work) => perform(title, work, onEvent),
    });
    return notes;
  } catch (error) {
    throw unfinished(config, journal, error);
  }
}

function refuseUnconfirmed(preview: RestorePreview, confirmed: Confirmed): void {
  const unseen = preview.destroys.filter((tag) => !confirmed.destroys.includes(tag));
  if (preview.replaces?.keptAt !== confirmed.replaces?.keptAt) unseen.push('the older copy');
  for (const { name, action, destroys } of preview.volumes) {
    const seen = confirmed.volumes?.find((volume) => volume.name === name);
    if (action === 'restored' && seen?.action !== 'restored') unseen.push(`the volume ${name}`);
    unseen.push(...destroys.filter((tag) => !seen?.destroys.includes(tag)).map((tag) => `${name}@${tag}`));
  }
  if (unseen.length === 0) return;
  throw new RefusedError(
    'snapshots-appeared',
    `Since you were asked, this came into being: ${unseen.join(', ')}. It would be lost. Nothing was changed.`,
    { suggestions: ['Run the command again and look at what it shows.'] },
  );
}

/** A failure in the middle: which state things are in, and how to go on. */
function unfinished(config: BenchConfig, journal: RestoreJournal, error: unknown): BenchError {
  const cause =
    error instanceof BenchError ? error : new BenchError('internal-error', String(error), { cause: error });
  const state = stateOf(journal);
  return new VolumeError(
    'restore-unfinished',
    `The restore is not finished: ${withoutNothingChanged(cause.message)} ${state} The services of the bench may be stopped, and maintenance mode is on.`,
    {
      ...cause.details(),
      suggestions: [
        ...cause.suggestions,
        ...(journal.mode === 'keep'
          ? [`To give it up, with what was live back: bench volume undo-restore -b ${config.name}`]
          : []),
        `To finish it: ${finishCommand(config.name, journal)}`,
      ],
      cause: error,
    },
  );
}

function stateOf({ mode, phase, tag }: RestoreJournal): string {
  if (mode === 'rollback')
    return phase === 'begun'
      ? 'The data are as they were before the restore.'
      : `The data are those of ${tag}.`;
  if (phase === 'begun') return 'Nothing is lost: the live data and the copy are both whole.';
  return 'The data are those asked for, and what was live is kept.';
}
