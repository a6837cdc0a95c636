import { benchesRoot } from '../host/environment.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import type { Step } from '../steps/steps.js';
import { unitPath } from './job.js';
import { programPath, untilItRuns } from './plan.js';

/** A timer that a host has once, whatever benches are on it. */
export interface HostTimer {
  timer: string;
  service: string;
  timerText: string;
  /** @param root of the benches */
  serviceText(program: string, root: string): string;
  /** What its files are for, as a step says it. */
  purpose: string;
  /** Why it ends. */
  reason: string;
}

export interface HostTimerFacts {
  /** What the files should hold, by path. */
  wanted: Readonly<Record<string, string>>;
  /** What they hold. */
  files: Readonly<Record<string, string | undefined>>;
  state: UnitState;
}

export async function inspectTimer(of: HostTimer, runner: Runner): Promise<HostTimerFacts> {
  const wanted = {
    [unitPath(of.service)]: of.serviceText(await programPath(), benchesRoot()),
    [unitPath(of.timer)]: of.timerText,
  };
  const files: Record<string, string | undefined> = {};
  for (const path of Object.keys(wanted)) files[path] = await readText(path);
  const [state = UNKNOWN_UNIT] = await unitStates(runner, [of.timer]);
  return { wanted, files, state };
}

/** What makes the timer, or mends it; nothing where it is as it should be. Pure. */
export function planTimer({ timer, purpose }: HostTimer, { wanted, files, state }: HostTimerFacts): Step[] {
  const steps = Object.entries(wanted).flatMap(([path, content]): Step[] =>
    files[path] === content ? [] : [{ kind: 'file.write', path, content, purpose }],
  );
  return untilItRuns(steps, timer, state);
}

/** What takes it away; nothing where it is not there. The timer ends before its files do. Pure. */
export function planNoTimer(
  { timer: unit, reason }: HostTimer,
  { files, state }: Omit<HostTimerFacts, 'wanted'>,
): Step[] {
  const paths = Object.keys(files).filter((path) => files[path] !== undefined);
  if (paths.length === 0) return [];
  return [
    ...(state.active === 'active' ? [{ kind: 'unit.stop', unit, reason } as const] : []),
    ...(state.enabled === 'enabled' ? [{ kind: 'unit.disable', unit, reason } as const] : []),
    ...paths.map((path) => ({ kind: 'file.remove', path, reason }) as const),
    { kind: 'systemd.reload' },
  ];
}
