import { formatArgv } from '../host/exec.js';
import { jobUnits } from '../timers/timers.js';
import type { JobEvidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem } from './report.js';
import { timerFault } from './timer-fault.js';

/** What a bench does by itself, and not as bench.toml says. Pure. */
export function jobProblems({ job, files, units }: JobEvidence, mend: string): Problem[] {
  const names = jobUnits(job);
  if (files === 'left') {
    const message = `bench.toml has no ${job.table}.${job.key}, but ${names.timer} is there still.`;
    return [problem('timer-left', message, mend)];
  }
  const problems: Problem[] = [];
  const fault = timerFault(files, units);
  if (fault !== undefined) {
    problems.push(
      problem('timer-differs', `The timer of ${job.table}.${job.key} (${names.timer}) ${fault}.`, mend),
    );
  }
  if (units.service.active === 'failed') {
    const message = `The last run of ${job.table}.${job.key} has failed (${units.service.result}): journalctl -u ${names.service}`;
    problems.push(problem('timed-failed', message, formatArgv(['bench', ...job.argv])));
  }
  return problems;
}
