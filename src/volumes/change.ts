import { readLimits } from '../config/host-config.js';
import type { Runner } from '../host/exec.js';
import { type Registry, readRegistry, readVolume, type Volume, withPoolLock } from '../registry/registry.js';
import { applySteps, type OnStep, type Step } from '../steps/steps.js';
import { type VolumeJson, volumeJson } from './volume-json.js';

/** What a command changes, or would. */
export interface Change {
  steps: Step[];
  /** What the operator should know, one sentence each. */
  notes: string[];
}

export interface ChangeOptions {
  dryRun: boolean;
  onEvent?: OnStep;
}

/** What a changing command did, or with `dryRun` would do. */
export interface Changed extends Change {
  dryRun: boolean;
  /** As it is now; null where it is not there. */
  volume: VolumeJson | null;
}

export type Planned = Change & {
  /** The volume that is told of at the end. */
  dataset: string;
};

/** What a plan of the registry is made from. */
export interface RegistryFacts {
  registry: Registry;
  limits: Awaited<ReturnType<typeof readLimits>>;
}

/**
 * Looks, plans and acts under the lock of one pool; with `dryRun` only looks and plans, without it.
 * @param plan looks further where it has to, and changes nothing
 */
export async function changePool(
  pool: string,
  host: Runner,
  purpose: string,
  plan: (facts: RegistryFacts, runner: Runner) => Planned | Promise<Planned>,
  { dryRun, onEvent }: ChangeOptions,
): Promise<Changed> {
  const look = async (runner: Runner) =>
    plan({ registry: await readRegistry(runner), limits: await readLimits() }, runner);
  if (dryRun) {
    const { steps, notes, dataset } = await look(host);
    return { steps, notes, dryRun, volume: await volumeNow(host, dataset) };
  }
  return withPoolLock(pool, host, purpose, async (runner) => {
    const { steps, notes, dataset } = await look(runner);
    await applySteps(steps, runner, onEvent);
    return { steps, notes, dryRun, volume: await volumeNow(runner, dataset) };
  });
}

export async function volumeNow(runner: Runner, dataset: string): Promise<VolumeJson | null> {
  if (dataset === '') return null;
  const volume = await readVolume(runner, dataset);
  return volume === undefined ? null : volumeJson(volume, [volume]);
}

export function volumeAt(registry: Registry, dataset: string): Volume | undefined {
  return registry.volumes.find((each) => each.dataset === dataset);
}
