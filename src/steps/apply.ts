import { type Runner, runAll } from '../host/exec.js';
import type { Kind, StepContext } from './kind.js';
import { kindOf, type Step } from './kinds.js';
import { type OnStep, perform, type Teller } from './perform.js';
import type { Progress } from './progress.js';

/** Carries out steps in order. What it starts is exactly what `commandsFor` prints. */
export async function applySteps(
  steps: readonly Step[],
  runner: Runner,
  onEvent: OnStep = () => undefined,
): Promise<void> {
  for (const step of steps) {
    const kind = kindOf(step);
    await perform(kind.describe(step), (tell) => carryOut(step, kind, runner, tell), onEvent);
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
