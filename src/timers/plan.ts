import { realpath } from 'node:fs/promises';
import { benchesRoot } from '../host/environment.js';
import type { Runner } from '../host/exec.js';
import { exists, readText } from '../host/files.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import { enabledBeforeReload, type Step } from '../steps/steps.js';
import { requireCalendar } from './calendar.js';
import {
  delayOf,
  type Job,
  jobUnits,
  programOf,
  serviceText,
  timerText,
  unitPath,
  type WantedJob,
} from './job.js';

/** What decides whether the timer of a job is as it should be. */
export interface TimerFacts {
  /** What the files should hold; undefined where bench.toml wants none. */
  wanted: { timer: string; service: string } | undefined;
  /** What they hold; undefined where there is none. */
  timer: string | undefined;
  service: string | undefined;
  state: UnitState;
}

/**
 * The steps by which the timers of a bench's jobs follow bench.toml: made, changed, or taken away. One process for all of
 * them that are wanted or there, none where none is; systemd judges a calendar that is new.
 * @throws UsageError `schedule-invalid`
 */
export async function planJobs(jobs: readonly Job[], runner: Runner): Promise<Step[]> {
  const looks: Look[] = [];
  for (const job of jobs.filter(({ config }) => !config.fromRecord)) looks.push(await look(job, runner));
  const timers = looks.filter(isAnything).map(({ job }) => jobUnits(job).timer);
  const states = await unitStates(runner, timers);
  return reloadedOnce(
    looks.flatMap((each) =>
      planTimer(each.job, {
        ...each,
        state: states[timers.indexOf(jobUnits(each.job).timer)] ?? UNKNOWN_UNIT,
      }),
    ),
  );
}

/** systemd reads all files anew at each reload, which takes seconds: once, when all of them are written. Pure. */
export function reloadedOnce(steps: readonly Step[]): Step[] {
  const reload = steps.find(({ kind }) => kind === 'systemd.reload');
  if (reload === undefined) return [...steps];
  const needsReload = ({ kind }: Step) => kind === 'timer.start';
  const before = steps.filter((step) => step.kind !== 'systemd.reload' && !needsReload(step));
  return [...before, reload, ...steps.filter(needsReload)];
}

function isWanted(job: Job): job is WantedJob {
  return job.when !== undefined;
}

type Look = Omit<TimerFacts, 'state'> & { job: Job };

function isAnything({ wanted, timer, service }: Look): boolean {
  return wanted !== undefined || timer !== undefined || service !== undefined;
}

async function look(job: Job, runner: Runner): Promise<Look> {
  const { timer, service } = await readUnits(job);
  const wanted = isWanted(job)
    ? {
        timer: await wantedTimer(job, timer, runner),
        service: serviceText(job, { program: await programPath(), benchesRoot: benchesRoot() }),
      }
    : undefined;
  return { job, wanted, timer, service };
}

async function readUnits(job: Job) {
  const units = jobUnits(job);
  return {
    timer: await readText(unitPath(units.timer)),
    service: await readText(unitPath(units.service)),
  };
}

/** One that is there with the same calendars was judged by systemd when it was written, and keeps its delay. */
async function wantedTimer(job: WantedJob, timer: string | undefined, runner: Runner): Promise<string> {
  const delay = delayOf(timer);
  if (delay !== undefined && timer === timerText(job, delay)) return timer;
  return timerText(job, delayFor(await requireCalendar(job, runner)));
}

/** How the files of a timer are: `missing` where none of those that bench.toml wants is there, `left` where it wants none. */
export type JobFiles = 'none' | 'as-wanted' | 'missing' | 'differ' | 'left';

/**
 * Whether there is a timer, or should be.
 * @param timedByInit those that were never made are none
 */
export function isTimer(files: JobFiles, timedByInit: boolean): boolean {
  return files !== 'none' && !(files === 'missing' && timedByInit);
}

/**
 * Whether the files of the timer are as bench.toml wants them. No process. Which program of bench the service starts is
 * its own affair, as long as that is there.
 */
export async function jobFiles(job: Job): Promise<JobFiles> {
  const { timer, service } = await readUnits(job);
  if (timer === undefined && service === undefined && !isWanted(job)) return 'none';
  // What bench.toml says is not known then.
  if (job.config.fromRecord) return 'as-wanted';
  if (!isWanted(job)) return 'left';
  if (timer === undefined && service === undefined) return 'missing';
  const [delay, program] = [delayOf(timer), programOf(service)];
  if (delay === undefined || program === undefined || !(await exists(program))) return 'differ';
  const options = { program, benchesRoot: benchesRoot() };
  return timer === timerText(job, delay) && service === serviceText(job, options) ? 'as-wanted' : 'differ';
}

/** At most five minutes, and a tenth of the time between two runs: so two never come to one. Pure. */
export function delayFor(gapSeconds: number): number {
  return Math.floor(Math.min(300, gapSeconds / 10));
}

/** The program that runs now, past the links to it. */
export function programPath(): Promise<string> {
  return realpath(process.argv[1] ?? '/usr/bin/bench');
}

/** Pure. Killed anywhere, the next plan goes on from what is there. */
export function planTimer(job: Job, { wanted, timer, service, state }: TimerFacts): Step[] {
  const units = jobUnits(job);
  if (wanted === undefined) return timer === undefined && service === undefined ? [] : takeAway(job, state);
  const steps: Step[] = [];
  const write = (unit: string, is: string | undefined, content: string, purpose: string) => {
    if (is !== content) steps.push({ kind: 'file.write', path: unitPath(unit), content, purpose });
  };
  write(units.service, service, wanted.service, `one run of [${job.table}]`);
  write(units.timer, timer, wanted.timer, `when ${job.table}.${job.key} runs`);
  return untilItRuns(steps, units.timer, state);
}

/** What is done to the files of a timer, and then to the timer. Pure. */
export function untilItRuns(files: readonly Step[], unit: string, state: UnitState): Step[] {
  const steps = [...files];
  if (steps.length > 0 || state.stale) steps.push({ kind: 'systemd.reload' });
  if (state.enabled !== 'enabled') steps.push({ kind: 'unit.enable', unit });
  if (state.active !== 'active') steps.push({ kind: 'timer.start', unit });
  return enabledBeforeReload(steps);
}

/** The timer ends before its files do: what is left of them is found by the next init. */
function takeAway(job: Job, state: UnitState): Step[] {
  const { timer, service } = jobUnits(job);
  const reason = `bench.toml has no ${job.table}.${job.key}`;
  const steps: Step[] = [];
  if (state.active === 'active') steps.push({ kind: 'unit.stop', unit: timer, reason });
  if (state.enabled === 'enabled') steps.push({ kind: 'unit.disable', unit: timer, reason });
  return [
    ...steps,
    { kind: 'file.remove', path: unitPath(timer), reason },
    { kind: 'file.remove', path: unitPath(service), reason },
    { kind: 'systemd.reload' },
  ];
}
