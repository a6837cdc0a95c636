import { finishCloneCommand } from '../bench/bench.js';
import type { Runner } from '../host/exec.js';
import { applySteps, type OnStep, type Step } from '../steps/steps.js';
import { preparationOf, withInitLocks } from './as-init.js';
import { openClone, requireClone } from './own.js';
import { letAct, setState } from './prepare.js';

/** What `bench clone release` did. */
export interface Released {
  bench: string;
  steps: Step[];
}

/**
 * Lets a clone act that is held because nothing is named that would make it safe: its operator says that it is. Nothing
 * where it may act already.
 */
export async function releaseClone(name: string, host: Runner, onEvent: OnStep): Promise<Released> {
  const { config } = await openClone(name, host);
  return withInitLocks(name, `bench clone release ${name}`, host, async (runner) => {
    const { marks } = await requireClone(config, runner);
    if (marks.state === 'ready') return { bench: name, steps: [] };
    const said = [setState(config, 'prepared')];
    await applySteps(said, runner, onEvent);
    const finish = finishCloneCommand(name, marks);
    return {
      bench: name,
      steps: [...said, ...(await letAct(preparationOf(config, runner, finish, onEvent)))],
    };
  });
}
