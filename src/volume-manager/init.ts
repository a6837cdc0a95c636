import { readFile } from 'node:fs/promises';
import {
  refuseSuperseded,
  refuseUnfinishedDrop,
  refuseUnfinishedRestore,
  refuseUnfinishedTakeUp,
  utcStamp,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { benchLock, HOST_LOCK } from '../host/paths.js';
import type { Owner } from '../host/users.js';
import { applySteps, halfWay, type OnStep, type Step } from '../steps/steps.js';
import type { Facts, InitFlags } from './facts.js';
import { inspect } from './inspect.js';
import { type Plan, planInit } from './plan.js';
import type { PlanContext } from './plan-contents.js';
import { refuseVolumeTargets } from './volume-targets.js';

export interface InitOptions {
  name: string;
  runner: Runner;
  flags: InitFlags;
  /** Loads the bench anew: steps change bench.toml and where it lies. */
  reload: () => Promise<BenchConfig>;
  /** Shown each plan before it is carried out; throws to stop. */
  confirm: (plan: Plan) => Promise<void>;
  onEvent: OnStep;
  /** Steps that are left out for now. */
  skips?: (step: Step) => boolean;
  /** What capabilities above add to a bench that is whole otherwise, such as the timer of its schedule. */
  beyond?: Beyond;
}

export type Beyond = (config: BenchConfig, runner: Runner) => Promise<Step[]>;

export interface InitResult {
  /** Every step carried out; empty where the bench was finished already. */
  steps: Step[];
  notes: string[];
}

/**
 * Rounds until everything can be seen: packages, import, what keeps it from being mounted, mount, the rest; the last
 * one finds nothing to do.
 */
const MAX_ROUNDS = 7;
const LOCK_TIMEOUT_MS = 10_000;

/** What `bench init` would do next. Changes nothing. */
export async function planNext(
  config: BenchConfig,
  runner: Runner,
  flags: InitFlags,
  beyond?: Beyond,
): Promise<Plan> {
  const { facts, context } = await lookAround(config, runner, flags);
  const plan = planInit(config, facts, context);
  await refuseVolumeTargets(config, facts);
  // Asked in each round, so that what it refuses is refused before anything is done.
  const more = (await beyond?.(config, runner)) ?? [];
  return plan.complete ? { ...plan, steps: [...plan.steps, ...more] } : plan;
}

/** All that a plan is made from. */
export async function lookAround(
  config: BenchConfig,
  runner: Runner,
  flags: InitFlags,
): Promise<{ facts: Facts; context: PlanContext }> {
  const context = { now: utcStamp(new Date()), mysql: await mysqlUser() };
  return { facts: await inspect(config, runner, flags), context };
}

/**
 * Looks, plans and acts until there is nothing left to do. It keeps no record of progress: interrupted anywhere and
 * run again, it finds out from the system what is left. One at a time on a host (the choice of a disk, the pool and
 * fstab are shared), and none beside another operation on this bench.
 */
export async function initLocked(options: InitOptions): Promise<InitResult> {
  const purpose = `bench init -b ${options.name}`;
  return withLock({ path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose }, () =>
    withLock({ path: benchLock(options.name), timeoutMs: LOCK_TIMEOUT_MS, purpose }, async (lock) => {
      // It would start services on a dataset that is half restored, or make one in place of what stands aside.
      await refuseUnfinishedRestore(options.name);
      // It would start what another host runs.
      await refuseSuperseded(options.name);
      await refuseUnfinishedDrop(options.name);
      await refuseUnfinishedTakeUp(options.name);
      return converge({ ...options, runner: holding(options.runner, lock) });
    }),
  );
}

/** The same under locks that are held already, by whoever makes a bench in another way than from its bench.toml. */
export async function converge(options: InitOptions): Promise<InitResult> {
  const { name, runner, reload, confirm, onEvent, beyond, skips = () => false } = options;
  let { flags } = options;
  const steps: Step[] = [];
  const notes: string[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const next = async () => {
      const whole = await planNext(await reload(), runner, flags, beyond);
      const plan = { ...whole, steps: whole.steps.filter((step) => !skips(step)) };
      if (plan.steps.length === 0) return plan;
      notes.push(...plan.notes.filter((note) => !notes.includes(note)));
      await confirm(plan);
      await applySteps(plan.steps, runner, onEvent);
      return plan;
    };
    const plan = await (steps.length === 0 ? next() : halfWay(next));
    if (plan.steps.length === 0) return { steps, notes };
    steps.push(...plan.steps);
    // From here on the pool is there, and asking again for a disk to be cleared would be refused.
    if (plan.steps.some(({ kind }) => kind === 'pool.create')) flags = { ...flags, wipeDevice: undefined };
    // The copy is there by now, and would be in its own way.
    if (plan.steps.some(({ kind }) => kind === 'key.escrow') && flags.key !== undefined)
      flags = { ...flags, key: { ...flags.key, escrow: undefined } };
  }
  throw new VolumeError(
    'not-converged',
    `bench init of ${name} repeats itself: some step has no lasting effect.`,
    {
      suggestions: [`See what it would do again: bench init -b ${name} --dry-run`],
    },
  );
}

/** MariaDB's user by /etc/passwd; undefined while the package is not installed. */
async function mysqlUser(): Promise<Owner | undefined> {
  const line = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((entry) => entry.startsWith('mysql:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}
