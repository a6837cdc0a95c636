import { formatArgv } from '../host/exec.js';
import type { ScheduleStatus } from '../schedule/schedule.js';
import type { JobStates } from '../timers/timers.js';
import type { ScheduleEvidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem } from './report.js';
import { timerFault } from './timer-fault.js';

/** The longest delay of a timer, and an hour for whatever keeps a run waiting. */
const GRACE_MS = 65 * 60_000;

/** Snapshots that do not take themselves as bench.toml says. Pure. */
export function scheduleProblems(
  bench: string,
  { status, files, units, dueAt, behindUntil }: ScheduleEvidence,
  now: Date,
  mend: string,
): Problem[] {
  if (status === null) return [];
  if (files === 'left')
    return [
      problem('schedule-left', `bench.toml has no schedule, but ${status.timer} is there still.`, mend),
    ];
  const problems: Problem[] = [];
  const fault = timerFault(files, units);
  if (fault !== undefined) {
    problems.push(problem('schedule-differs', `The timer of the schedule (${status.timer}) ${fault}.`, mend));
  }
  const run = formatArgv(['bench', 'schedule', 'run', '-b', bench]);
  const failure = failureOf(status, units);
  if (failure !== undefined) problems.push(problem('schedule-failed', failure, run));
  else if (isOverdue(status, dueAt, now)) {
    const message = `A scheduled snapshot was due at ${dueAt?.toISOString()}, and has not been taken.`;
    problems.push(problem('schedule-overdue', message, run));
  }
  if (behindUntil !== undefined && behindUntil > now) {
    const message =
      `There is a snapshot of ${behindUntil.toISOString()}, so the clock is behind: nothing is pruned until then. ` +
      'Set it right; what a clock that was ahead has made, destroy.';
    problems.push(problem('clock-behind', message, 'timedatectl'));
  }
  return problems;
}

function failureOf({ last }: ScheduleStatus, { service }: JobStates): string | undefined {
  if (last?.outcome === 'failed') {
    const what = last.snapshot === null ? 'took no snapshot' : `took ${last.snapshot}, but pruned nothing`;
    return `The scheduled run of ${last.startedAt} ${what}: ${last.error?.message ?? ''}`;
  }
  if (last?.outcome === 'killed') return `The scheduled run of ${last.startedAt} was ended in the middle.`;
  return service.active === 'failed'
    ? `The last scheduled run has failed (${service.result}) before it could say why.`
    : undefined;
}

function isOverdue({ last, active }: ScheduleStatus, dueAt: Date | undefined, now: Date): boolean {
  if (!active || dueAt === undefined || last?.outcome === 'running') return false;
  return now.getTime() > dueAt.getTime() + GRACE_MS;
}
