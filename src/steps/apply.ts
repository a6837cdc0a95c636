import { BusyError, RefusedError, VolumeError } from '../errors.js';
import { type Runner, runAll } from '../host/exec.js';
import type { Kind, StepContext } from './kind.js';
import { kindOf, type Step } from './kinds.js';
import { type OnStep, perform, type Teller } from './perform.js';
import type { Progress } from './progress.js';

/** Makes room in memory where keys are read from: nobody has to go on with that. */
const LEAVES_NOTHING: readonly Step['kind'][] = ['keys.mount'];

/**
 * Carries out steps in order. What it starts is exactly what `commandsFor` prints. Only the first that leaves anything may be
 * refused, or find somebody at work: what a later one meets is a failure half way.
 */
export async function applySteps(
  steps: readonly Step[],
  runner: Runner,
  onEvent: OnStep = () => undefined,
): Promise<void> {
  let isBegun = false;
  for (const step of steps) {
    const kind = kindOf(step);
    const work = () => perform(kind.describe(step), (tell) => carryOut(step, kind, runner, tell), onEvent);
    await (isBegun ? halfWay(work) : work());
    isBegun ||= !LEAVES_NOTHING.includes(step.kind);
  }
}

/**
 * Works behind steps that are done. What is refused there, or finds somebody at work, has not left everything as it was:
 * it says so, and ends with exit 1.
 * @throws VolumeError in the place of a RefusedError or BusyError, with the same code
 */
export async function halfWay<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof BusyError)) throw error;
    const what = error.message.replaceAll(/\s*Nothing was changed\./g, '');
    throw new VolumeError(
      error.code,
      `${what} What was done before stays, and the same command goes on from there.`,
      error.details(),
    );
  }
}

async function carryOut(step: Step, kind: Kind<Step>, host: Runner, tell: Teller): Promise<void> {
  const runner = listening(host, kind.progress, tell.progress);
  const commands = kind.commands(step);
  const context: StepContext = {
    runner,
    commands,
    run: () => runAll(runner, commands),
    report: tell.waits,
  };
  if (kind.apply === undefined) await context.run();
  else await kind.apply(step, context);
}

/** Reads what a step's commands say themselves about how far they are. */
function listening(
  runner: Runner,
  progress: Kind<Step>['progress'],
  tell: (found: Progress) => void,
): Runner {
  if (progress === undefined) return runner;
  const read = progress.reader();
  const onLine = (line: string) => {
    const found = read(line);
    if (found !== undefined) tell(found);
  };
  return {
    run: (command) => runner.run(command.argv.includes(progress.argument) ? { ...command, onLine } : command),
  };
}
