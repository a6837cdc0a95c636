import { isTimedByInit } from '../bench/bench.js';
import { formatArgv } from '../host/exec.js';
import { days } from './age.js';
import type { Evidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem, Status } from './report.js';

/** A bench that somebody has just set up needs no advice yet. */
const GRACE_DAYS = 1;
const OLD_DAYS = 7;

/** A bench that could not be brought back to a recent moment, which a clone need not be. Advice, no harm. Pure. */
export function snapshotProblems(
  bench: string,
  { snapshots, clone }: Status,
  { dataset, now, schedule }: Evidence,
): Problem[] {
  if (schedule === undefined && isTimedByInit(clone)) return [];
  const fix = formatArgv(['bench', 'volume', 'snapshot', '-b', bench]);
  if (snapshots.latest === null) {
    const isNew = dataset === undefined || days(dataset.createdAt, now) <= GRACE_DAYS;
    return isNew ? [] : [problem('snapshot-none', `There is no snapshot of ${bench} to go back to.`, fix)];
  }
  const age = Math.floor(days(new Date(snapshots.latest.createdAt), now));
  if (age <= OLD_DAYS) return [];
  return [problem('snapshot-old', `The newest snapshot, ${snapshots.latest.tag}, is ${age} days old.`, fix)];
}
