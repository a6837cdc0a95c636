import { join } from 'node:path';
import { forgetTakeUpNote, refuseUnfinishedDrop, refuseUnfinishedRestore } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { exists } from '../host/files.js';
import { holding, withLock } from '../host/lock.js';
import { mountAt, readMounts } from '../host/mounts.js';
import { benchLock, HOST_LOCK } from '../host/paths.js';
import { applySteps, halfWay, type OnStep, type Step } from '../steps/steps.js';
import {
  type Beyond,
  converge,
  type InitResult,
  KEPT_KEY,
  lookAround,
  type Plan,
  planInit,
} from '../volume-manager/volume-manager.js';
import { adoptedConfig } from './kept-config.js';
import { type Found, look, type TakeUpRequest } from './look.js';
import { asIfPlain, planAdopt, planTake, planTakeUp } from './plan.js';

export interface TakeUpOptions {
  request: TakeUpRequest;
  runner: Runner;
  /** Shown the plan before it is carried out; throws to stop. */
  confirm: (plan: Plan) => Promise<void>;
  onEvent: OnStep;
  /** What capabilities above add, as for `bench init`. */
  beyond?: Beyond;
}

const LOCK_TIMEOUT_MS = 10_000;

/** What `bench init --from-volume` would do. Changes nothing. */
export async function previewTakeUp(request: TakeUpRequest, runner: Runner): Promise<Plan> {
  return planTakeUp(await look(request, runner));
}

/**
 * Makes a bench of a volume that was kept, or goes on where that was cut off. Alone on the host, like `bench init`, which
 * does most of it.
 */
export async function takeUp(options: TakeUpOptions): Promise<InitResult> {
  const { request, runner: host, confirm } = options;
  const { name } = request;
  const purpose = `bench init -b ${name} --from-volume ${request.volume}`;
  return withLock({ path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose }, async () => {
    const found = await look(request, host);
    await confirm(planTakeUp(found));
    // Not before: the lock leaves a directory, and what is refused leaves nothing.
    const lock = { path: benchLock(name), timeoutMs: LOCK_TIMEOUT_MS, purpose };
    return withLock(lock, async (held) => {
      await refuseUnfinishedRestore(name);
      await refuseUnfinishedDrop(name);
      return make({ ...options, runner: holding(host, held) }, found);
    });
  });
}

async function make(options: TakeUpOptions, found: Found): Promise<InitResult> {
  const { request, runner, onEvent, beyond } = options;
  const { name, operators } = request;
  const flags = { wipeDevice: undefined, operators, key: KEPT_KEY };
  const steps: Step[] = [];
  const carryOut = async (some: readonly Step[]) => {
    await applySteps(some, runner, onEvent);
    steps.push(...some);
  };
  await carryOut(planTake(found));
  await showDataset(found, runner, carryOut);
  const { config } = found.wanted;
  const notes: string[] = [];
  // From there on it is the bench's, and somebody may have changed it.
  if (found.facts.record === undefined) {
    const adopted = await adoptedConfig(found.facts.layout.mountpoint, config, runner);
    notes.push(...adopted.notes);
    await carryOut(planAdopt(found, adopted.content));
  }
  const made = await halfWay(() =>
    converge({
      name,
      runner,
      flags,
      reload: () => reload(config),
      confirm: async () => undefined,
      onEvent,
      ...(beyond === undefined ? {} : { beyond }),
    }),
  );
  await forgetTakeUpNote(name);
  return { steps: [...steps, ...made.steps], notes: [...notes, ...made.notes] };
}

/** As many rounds as what keeps a dataset from being mounted takes. */
const MOST_ROUNDS = 3;

async function showDataset(
  { wanted: { config }, request }: Found,
  runner: Runner,
  carryOut: (steps: readonly Step[]) => Promise<void>,
): Promise<void> {
  const flags = { wipeDevice: undefined, operators: request.operators };
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { facts, context } = await lookAround(config, runner, flags);
    if (facts.datasetVisible) return;
    await carryOut(planInit(config, asIfPlain(facts, config), context).steps);
  }
  throw new VolumeError('not-converged', `${config.volume.dataset} does not come to be mounted.`, {
    suggestions: [`zfs get mounted,mountpoint,canmount ${config.volume.dataset}`],
  });
}

/** Until its bind mounts are there, its bench.toml is seen in the dataset only. */
async function reload({ file, volume }: BenchConfig): Promise<BenchConfig> {
  const isMounted = mountAt(await readMounts(), join(file, '..')) !== undefined;
  return loadConfig(
    isMounted && (await exists(file)) ? file : join(volume.mountpoint, 'benches', 'bench.toml'),
  );
}
