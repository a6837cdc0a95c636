import type { Policy } from '../config/config.js';
import { humanSize } from '../config/size.js';
import type { Forecast } from '../forecast/forecast.js';
import { onOneLine } from '../printable.js';
import type { PruneResult, RunResult, ScheduleList, ScheduleStatus } from '../schedule/schedule.js';
import type { PinResult } from '../snapshot/snapshot-orchestrator.js';
import { ageText, days } from '../status/status.js';
import type { JobStatus } from '../timers/timers.js';
import { localless, statusLine } from './columns.js';

export function pinText({ dataset, tag, pinned, changed }: PinResult): string {
  const state = pinned ? 'pinned: nothing destroys it' : 'not pinned: the rules decide';
  return `${dataset}@${tag} is ${state}${changed ? '' : ' (it was so already)'}.`;
}

/** Each snapshot with what keeps it, newest first; then what went, or would. */
export function pruneText({
  dataset,
  dryRun,
  snapshots,
  pruned,
  volumes,
  freedBytes,
  fromTheFuture,
}: PruneResult): string {
  const lines = [`Dataset: ${dataset}`];
  for (const { tag, createdAt, keptBy } of snapshots) {
    const why = keptBy.length === 0 ? (dryRun ? 'would go' : 'pruned') : keptBy.join(', ');
    lines.push(`  ${onOneLine(tag).padEnd(30)}created: ${localless(createdAt)}  ${why}`);
  }
  if (snapshots.length === 0) lines.push('  no snapshots');
  if (fromTheFuture.length > 0)
    lines.push(
      `Nothing is pruned: the clock is behind ${fromTheFuture.map(onOneLine).join(', ')}. Set it right, or destroy what it has made.`,
    );
  for (const { dataset: of, tags } of volumes)
    lines.push(`${of}: ${tags.length} that were taken along ${dryRun ? 'would go' : 'went'} with them`);
  const verb = dryRun ? 'To prune' : 'Pruned';
  lines.push(`${verb}: ${pruned.length} of ${snapshots.length} (${humanSize(freedBytes)})`);
  return lines.join('\n');
}

export function runText({ bench, snapshot, prune }: RunResult): string {
  const pruned =
    prune === null
      ? 'nothing is to be pruned'
      : prune.fromTheFuture.length > 0
        ? 'nothing pruned, because the clock was set back'
        : `${prune.pruned.length} pruned`;
  return `Scheduled snapshot of ${bench}: ${snapshot.name}; ${pruned}`;
}

/** One bench a block: when, what stays, the last run and the next. */
export function scheduleText({ schedules, jobs }: ScheduleList): string {
  const others = jobs.map((each) => jobLines(each).join('\n'));
  if (schedules.length > 0)
    return [...schedules.map((each) => blockOf(each).join('\n')), ...others].join('\n');
  const none =
    'No snapshots take themselves. Set one up: bench config set schedule.snapshot hourly -b NAME, then bench init -b NAME';
  return [none, ...others].join('\n');
}

function jobLines({ bench, job, when, active, timer, result, nextAt }: JobStatus): string[] {
  const runs = active ? '' : `  TIMER NOT RUNNING (${timer})`;
  return [
    `${bench}  ${job}  ${onOneLine(when ?? `no ${job} in bench.toml`)}${runs}`,
    `  last   ${result === null ? 'none since the host has booted' : result === 'success' ? 'well' : `FAILED: ${result}`}`,
    `  next   ${nextAt === null ? '-' : `${localless(nextAt)} UTC`}`,
  ];
}

function blockOf(schedule: ScheduleStatus): string[] {
  const { bench, snapshot, keep, prune, active, timer, nextAt } = schedule;
  const runs = active ? '' : `  TIMER NOT RUNNING (${timer})`;
  return [
    `${bench}  ${onOneLine(snapshot ?? 'no schedule in bench.toml')}${runs}`,
    `  keeps  ${keepText(keep)}${keep !== null && !prune ? ' (but prunes nothing by itself)' : ''}`,
    `  last   ${lastText(schedule)}`,
    `  next   ${nextAt === null ? '-' : `${localless(nextAt)} UTC`}`,
  ];
}

export function lastText({ last }: Pick<ScheduleStatus, 'last'>): string {
  if (last === null) return 'none yet';
  const at = `${localless(last.startedAt)} UTC`;
  switch (last.outcome) {
    case 'done':
      return `${at}  ${last.snapshot ?? ''}${last.pruned === null ? '' : `, ${last.pruned} pruned`}`;
    case 'failed':
      return `${at}  FAILED: ${onOneLine(last.error?.message ?? '')}`;
    case 'running':
      return `${at}  under way`;
    default:
      return `${at}  ENDED IN THE MIDDLE`;
  }
}

function keepText(keep: Policy | null): string {
  if (keep === null) return 'all';
  if ('days' in keep) return `all of the last ${keep.days} days`;
  return Object.entries(keep)
    .filter(([, count]) => count > 0)
    .map(([rule, count]) => `${rule}=${count}`)
    .join('  ');
}

/** Of `bench volume status`: when, how the last run went, and the next. */
export function scheduleLine(schedule: ScheduleStatus): string {
  const { snapshot, last, nextAt, active } = schedule;
  const went = { done: 'well', failed: 'FAILED', running: 'under way', killed: 'ENDED IN THE MIDDLE' };
  const parts = [
    ...(active ? [] : ['TIMER NOT RUNNING']),
    last === null ? 'no run yet' : `last ${minute(last.startedAt)} ${went[last.outcome]}`,
    ...(nextAt === null ? [] : [`next ${minute(nextAt)}`]),
  ];
  return statusLine('Schedule', onOneLine(snapshot ?? '-'), parts.join('  '));
}

/** `05-28 14:00`, UTC: a line has 80 columns. */
function minute(iso: string): string {
  return localless(iso).slice(5, 16);
}

/** Nothing while too little is known to say. */
export function growthLine(forecast: Forecast | null): string[] {
  if (forecast === null || forecast.state === 'unknown') return [];
  const growth = forecast.growthBytesPerDay ?? forecast.poolGrowthBytesPerDay ?? 0;
  const rate = `${growth < 0 ? '-' : ''}${humanSize(Math.abs(growth))} a day`;
  return [statusLine('Growth', rate, fullText(forecast))];
}

/** When the first of quota and pool is full. */
export function fullText({ at, fullAt, quotaFullAt }: Forecast): string {
  if (fullAt === null) return 'nothing fills up within ten years';
  const what = fullAt === quotaFullAt ? 'quota' : 'pool';
  return `${what} full in ${ageText(days(new Date(at), new Date(fullAt)))}`;
}
