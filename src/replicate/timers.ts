import type { BenchConfig } from '../config/config.js';
import { benchesRoot } from '../host/environment.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import { delayFor, delayOf, programPath, requireCalendar, unitPath } from '../schedule/schedule.js';
import type { Step } from '../steps/steps.js';
import type { Replicated } from './replicated.js';
import {
  dropInPath,
  dropInText,
  guardedUnits,
  guardText,
  replicateUnits,
  serviceText,
  timerText,
} from './units.js';

/** A file that should have this content, or should not be there. */
interface WantedFile {
  path: string;
  is: string | undefined;
  /** Undefined where it should go. */
  wanted: string | undefined;
  purpose: string;
}

/**
 * The steps by which the units of a bench follow [replicate] of its bench.toml: what asks the other host before a start,
 * and the timer of the runs. For a bench that has neither, no process.
 * @throws UsageError `schedule-invalid`
 */
export async function planReplication(config: BenchConfig, runner: Runner): Promise<Step[]> {
  if (config.fromRecord) return [];
  const files = await wantedFiles(config, runner);
  const isTimed = (config.replicate?.calendars.length ?? 0) > 0;
  const { timer } = replicateUnits(config.name);
  const isAnything = files.some(({ is, wanted }) => is !== undefined || wanted !== undefined);
  const [state = UNKNOWN_UNIT] = isAnything ? await unitStates(runner, [timer]) : [];
  return planUnits(files, { timer, isTimed, state });
}

async function wantedFiles(config: BenchConfig, runner: Runner): Promise<WantedFile[]> {
  const units = replicateUnits(config.name);
  const { replicate } = config;
  const replicated = replicate === undefined ? undefined : ({ ...config, replicate } as Replicated);
  const programs = { program: await programPath(), benchesRoot: benchesRoot() };
  const timed =
    replicated !== undefined && replicated.replicate.calendars.length > 0 ? replicated : undefined;
  const files: WantedFile[] = [];
  const want = async (
    path: string,
    purpose: string,
    wanted: (is: string | undefined) => Promise<string | undefined>,
  ) => {
    const is = await readText(path);
    files.push({ path, is, wanted: await wanted(is), purpose });
  };
  await want(
    unitPath(units.guard),
    'whether another host has taken the bench up',
    async () => replicated && guardText(replicated, programs),
  );
  for (const unit of guardedUnits(config))
    await want(
      dropInPath(unit),
      `${unit} starts only where no other host has taken the bench up`,
      async () => replicated && dropInText(config.name),
    );
  await want(
    unitPath(units.service),
    'one copy to the other host',
    async () => timed && serviceText(timed, programs),
  );
  await want(
    unitPath(units.timer),
    'when copies are sent',
    async (is) => timed && wantedTimer(timed, is, runner),
  );
  return files;
}

async function wantedTimer(config: Replicated, is: string | undefined, runner: Runner): Promise<string> {
  const delay = delayOf(is);
  if (delay !== undefined && is === timerText(config, delay)) return is;
  const { file, replicate } = config;
  const calendar = {
    file,
    key: 'replicate.schedule',
    value: replicate.schedule ?? '',
    calendars: replicate.calendars,
  };
  return timerText(config, delayFor(await requireCalendar(calendar, runner)));
}

/** Pure. Killed anywhere, the next plan goes on from what is there. */
export function planUnits(
  files: readonly WantedFile[],
  { timer, isTimed, state }: { timer: string; isTimed: boolean; state: UnitState },
): Step[] {
  const reason = 'bench.toml does not want it';
  const steps: Step[] = [];
  // A timer ends before its files do: what is left of them is found by the next run.
  if (!isTimed && state.active === 'active') steps.push({ kind: 'unit.stop', unit: timer, reason });
  if (!isTimed && state.enabled === 'enabled') steps.push({ kind: 'unit.disable', unit: timer, reason });
  const changes = files.flatMap(({ path, is, wanted, purpose }): Step[] => {
    if (is === wanted) return [];
    return wanted === undefined
      ? [{ kind: 'file.remove', path, reason }]
      : [{ kind: 'file.write', path, content: wanted, purpose }];
  });
  steps.push(...changes);
  if (changes.length > 0 || state.stale) steps.push({ kind: 'systemd.reload' });
  if (isTimed && state.enabled !== 'enabled') steps.push({ kind: 'unit.enable', unit: timer });
  if (isTimed && state.active !== 'active') steps.push({ kind: 'timer.start', unit: timer });
  return steps;
}
