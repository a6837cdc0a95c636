import { realpath } from 'node:fs/promises';
import type { BenchConfig } from '../config/config.js';
import { benchesRoot } from '../host/environment.js';
import type { Runner } from '../host/exec.js';
import { exists, readText } from '../host/files.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import type { Step } from '../steps/steps.js';
import { requireCalendar } from './calendar.js';
import { delayOf, isScheduled, programOf, scheduleUnits, serviceText, timerText, unitPath } from './units.js';

/** What decides whether the timer of a bench is as it should be. */
export interface TimerFacts {
  /** What the files should hold; undefined where there is no schedule. */
  wanted: { timer: string; service: string } | undefined;
  /** What they hold; undefined where there is none. */
  timer: string | undefined;
  service: string | undefined;
  state: UnitState;
}

/**
 * The steps by which the timer of a bench follows [schedule] of its bench.toml: made, changed, or taken away. For a
 * bench that has neither, no process.
 * @throws UsageError `schedule-invalid`
 */
export async function planTimers(config: BenchConfig, runner: Runner): Promise<Step[]> {
  if (config.fromRecord) return [];
  return planTimer(config.name, await inspectTimer(config, runner));
}

async function inspectTimer(config: BenchConfig, runner: Runner): Promise<TimerFacts> {
  const units = scheduleUnits(config.name);
  const timer = await readText(unitPath(units.timer));
  const service = await readText(unitPath(units.service));
  const wanted = isScheduled(config)
    ? {
        timer: await wantedTimer(config, timer, runner),
        service: serviceText(config, { program: await programPath(), benchesRoot: benchesRoot() }),
      }
    : undefined;
  const isAnything = wanted !== undefined || timer !== undefined || service !== undefined;
  const [state = UNKNOWN_UNIT] = isAnything ? await unitStates(runner, [units.timer]) : [];
  return { wanted, timer, service, state };
}

/** One that is there with the same calendars was judged by systemd when it was written, and keeps its delay. */
async function wantedTimer(
  config: Parameters<typeof timerText>[0],
  timer: string | undefined,
  runner: Runner,
): Promise<string> {
  const delay = delayOf(timer);
  if (delay !== undefined && timer === timerText(config, delay)) return timer;
  const { file, schedule } = config;
  const calendar = {
    file,
    key: 'schedule.snapshot',
    value: schedule.snapshot,
    calendars: schedule.calendars,
  };
  return timerText(config, delayFor(await requireCalendar(calendar, runner)));
}

/**
 * Whether the files of the timer are as bench.toml wants them: `left` where it wants none. No process. Which program of
 * bench the service starts is its own affair, as long as that is there.
 */
export async function timerFiles(config: BenchConfig): Promise<'none' | 'as-wanted' | 'differ' | 'left'> {
  const units = scheduleUnits(config.name);
  const timer = await readText(unitPath(units.timer));
  const service = await readText(unitPath(units.service));
  if (timer === undefined && service === undefined && !isScheduled(config)) return 'none';
  // What bench.toml says is not known then.
  if (config.fromRecord) return 'as-wanted';
  if (!isScheduled(config)) return 'left';
  const [delay, program] = [delayOf(timer), programOf(service)];
  if (delay === undefined || program === undefined || !(await exists(program))) return 'differ';
  const options = { program, benchesRoot: benchesRoot() };
  return timer === timerText(config, delay) && service === serviceText(config, options)
    ? 'as-wanted'
    : 'differ';
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
export function planTimer(bench: string, { wanted, timer, service, state }: TimerFacts): Step[] {
  const units = scheduleUnits(bench);
  if (wanted === undefined) return timer === undefined && service === undefined ? [] : takeAway(bench, state);
  const steps: Step[] = [];
  const write = (unit: string, is: string | undefined, content: string, purpose: string) => {
    if (is !== content) steps.push({ kind: 'file.write', path: unitPath(unit), content, purpose });
  };
  write(units.service, service, wanted.service, 'one run of the schedule');
  write(units.timer, timer, wanted.timer, 'when the schedule runs');
  if (steps.length > 0 || state.stale) steps.push({ kind: 'systemd.reload' });
  if (state.enabled !== 'enabled') steps.push({ kind: 'unit.enable', unit: units.timer });
  if (state.active !== 'active') steps.push({ kind: 'timer.start', unit: units.timer });
  return steps;
}

/** The timer ends before its files do: what is left of them is found by the next init. */
function takeAway(bench: string, state: UnitState): Step[] {
  const { timer, service } = scheduleUnits(bench);
  const reason = 'bench.toml has no schedule';
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
