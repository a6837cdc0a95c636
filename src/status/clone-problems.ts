import { finishCloneCommand } from '../bench/bench.js';
import { problem } from './problems.js';
import type { Problem, Status } from './report.js';

/** A clone that was left before it may act. Pure. */
export function cloneProblems(bench: string, { clone }: Status): Problem[] {
  if (clone === null || clone.state === 'held' || clone.state === 'ready') return [];
  const message =
    clone.state === 'unprepared'
      ? `${bench} is a clone whose [clone] has not run: event scheduler, replicas and its units are held back.`
      : `${bench} is a clone whose [clone] has run, but MariaDB was not started anew since.`;
  return [problem('clone-unfinished', message, finishCloneCommand(bench, clone))];
}
