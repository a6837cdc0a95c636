import { aloneOn, type CloneJson, cloneJson } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { applySteps } from '../steps/steps.js';
import { inspectTimer, planTimer } from '../timers/timers.js';
import { CLONE_MARK, type Dataset, inheritProperty, setProperties, stamp } from '../zfs/zfs.js';
import { type OwnClone, openClone, requireClone } from './own.js';
import { CLONES_TIMER } from './timer.js';

/** What the commands print that change until when a clone stays. */
export interface LifetimeResult {
  bench: string;
  /** False where it was so already. */
  changed: boolean;
  clone: CloneJson | null;
}

/**
 * Gives a clone more time: from its end on, or from now on where that has passed.
 * @throws RefusedError `clone-has-no-end`: this would give it one, and drop it by itself some day
 */
export function extendClone(name: string, byMs: number, runner: Runner): Promise<LifetimeResult> {
  return change(name, runner, 'bench clone extend', async ({ dataset, marks }, held) => {
    const { expiresAt } = marks;
    if (expiresAt === undefined) {
      throw new RefusedError(
        'clone-has-no-end',
        `${name} has no end that could be put off: it stays until it is dropped. Nothing was changed.`,
        { suggestions: [`To drop it: bench drop ${name}`] },
      );
    }
    const from = Math.max(expiresAt.getTime(), Date.now());
    await held.run(setProperties(dataset.name, { [CLONE_MARK.expires]: stamp(new Date(from + byMs)) }));
    return true;
  });
}

/** While it is protected, a clone stays when its time is over. */
export function protectClone(name: string, isProtected: boolean, runner: Runner): Promise<LifetimeResult> {
  const purpose = isProtected ? 'bench clone protect' : 'bench clone unprotect';
  return change(name, runner, purpose, async ({ dataset, marks }, held) => {
    if (marks.isProtected === isProtected) return false;
    await held.run(
      isProtected
        ? setProperties(dataset.name, { [CLONE_MARK.protected]: 'yes' })
        : inheritProperty(dataset.name, CLONE_MARK.protected),
    );
    return true;
  });
}

/** @returns whether it is a clone whose time is over; one that was promoted is none any more */
export function isOver({ clone, origin }: Pick<Dataset, 'clone' | 'origin'>, now: Date): boolean {
  if (clone?.expiresAt === undefined || clone.isProtected || origin === undefined) return false;
  return clone.expiresAt.getTime() <= now.getTime();
}

async function change(
  name: string,
  host: Runner,
  purpose: string,
  work: (found: Pick<OwnClone, 'dataset' | 'marks'>, runner: Runner) => Promise<boolean>,
): Promise<LifetimeResult> {
  const { config } = await openClone(name, host);
  return aloneOn(config, host, purpose, async (runner) => {
    // Once more: the sweep may have come first.
    const changed = await work(await requireClone(config, runner), runner);
    const { dataset, marks } = await requireClone(config, runner);
    // One that is missing, or was changed by hand, comes back with the clones that need it.
    if (marks.expiresAt !== undefined)
      await applySteps(planTimer(CLONES_TIMER, await inspectTimer(CLONES_TIMER, runner)), runner);
    return { bench: name, changed, clone: cloneJson(dataset) };
  });
}
