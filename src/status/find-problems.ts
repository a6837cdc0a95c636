import { describeGuard, describeRestore, finishCommand, guardCommand } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { humanSize } from '../config/size.js';
import { withoutNothingChanged } from '../printable.js';
import { cloneProblems } from './clone-problems.js';
import { copyProblems, supersededProblems } from './copy-problems.js';
import type { Evidence, Interrupted } from './evidence.js';
import { jobProblems } from './job-problems.js';
import { keyProblems } from './key-problems.js';
import { careProblems, poolProblems } from './pool-problems.js';
import { bindProblems, datasetProblems, fileProblems, isAdvice, mendCommand } from './problems.js';
import { proofProblems } from './proof-problems.js';
import type { Problem, Status } from './report.js';
import { scheduleProblems } from './schedule-problems.js';
import { serviceProblems } from './service-problems.js';
import { growthProblems, sizeProblems } from './size-problems.js';
import { snapshotProblems } from './snapshot-problems.js';
import { volumeProblems } from './volume-problems.js';

/** What is wrong, the cause before its consequences: mending from the top mends the rest; advice last. Pure. */
export function findProblems(
  config: BenchConfig,
  status: Status,
  { restore, unreadable, guard, bench }: Interrupted,
  evidence: Evidence,
): Problem[] {
  // Whatever else is wrong with it follows from that.
  if (bench !== undefined) return [bench];
  const problems: Problem[] = [];
  // Nothing but the restore itself goes on from where it was cut off; init refuses.
  const finish = restore === undefined ? unreadable?.suggestions[0] : finishCommand(config.name, restore);
  const mend = finish ?? mendCommand(config, status, evidence);
  const add = (code: string, message: string, fix: string) => problems.push({ code, message, fix });
  if (guard !== undefined) add('guard-unfinished', describeGuard(guard), guardCommand(config.name, guard));
  if (restore !== undefined) add('restore-unfinished', `${describeRestore(restore)} was interrupted.`, mend);
  if (unreadable !== undefined) add('journal-invalid', withoutNothingChanged(unreadable.message), mend);
  if (evidence.copies !== undefined) problems.push(...supersededProblems(config.name, evidence.copies));
  problems.push(...poolProblems(status, evidence, mend));
  // Nothing of the bench is here but a copy.
  if (evidence.copies?.superseded?.follows === true) return problems;
  const isReadable = evidence.pool?.isOpen === true && !problems.some(({ code }) => code === 'pool-other');
  if (!isReadable) return problems;
  problems.push(...careProblems(evidence));
  const addOfBench = (found: readonly Problem[]) =>
    problems.push(...found.map(({ fix, ...rest }) => ({ ...rest, fix: finish ?? fix })));
  addOfBench(datasetProblems(config, status, evidence, mend));
  if (evidence.dataset === undefined) return adviceLast(problems);
  addOfBench(keyProblems(config, evidence, mend));
  addOfBench(volumeProblems(config, evidence, mend));
  addOfBench(bindProblems(status, evidence, mend));
  addOfBench(fileProblems(evidence, mend));
  // Until a restore that was cut off is finished, sizes cannot be set and no snapshot be taken.
  if (finish === undefined) {
    problems.push(...sizeProblems(config, evidence));
    problems.push(...growthProblems(status, status.forecast, evidence.now));
  }
  addOfBench(cloneProblems(config.name, status));
  // What another host runs is stopped here on purpose.
  if (evidence.copies?.superseded === undefined) addOfBench(serviceProblems(status, evidence, mend));
  if (evidence.copies !== undefined) problems.push(...copyProblems(config.name, evidence.copies));
  if (finish === undefined && evidence.schedule !== undefined)
    problems.push(...scheduleProblems(config.name, evidence.schedule, evidence.now, mend));
  if (finish === undefined) for (const each of evidence.jobs) problems.push(...jobProblems(each, mend));
  if (evidence.record === undefined)
    add('record-missing', 'This bench is not recorded outside its dataset.', mend);
  const recorded = evidence.record?.backing.path;
  if (recorded !== undefined && recorded !== status.pool.backing.path && finish === undefined) {
    const message = `The pool lies on ${status.pool.backing.path}; recorded is ${recorded}, which was replaced.`;
    add('record-stale', message, mend);
  }
  // No harm, but it takes space, and it is what can be undone.
  if (evidence.kept !== undefined && finish === undefined) {
    const { dataset: name, keptAt, usedBytes } = evidence.kept;
    const undo = `bench volume undo-restore -b ${config.name}`;
    const message = `${name} is kept since ${keptAt} and takes ${humanSize(usedBytes)}: a restore can be undone.`;
    add('kept-undo', message, `${undo} brings it back; ${undo} --discard drops it`);
  }
  if (finish === undefined)
    problems.push(...snapshotProblems(config.name, status, evidence), ...proofProblems(config, evidence));
  return adviceLast(problems);
}

function adviceLast(problems: readonly Problem[]): Problem[] {
  return [...problems.filter((each) => !isAdvice(each)), ...problems.filter(isAdvice)];
}
