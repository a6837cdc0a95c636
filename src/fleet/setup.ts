import { hostname } from 'node:os';
import { hostBenches } from '../bench/bench.js';
import { HOST_CONFIG, readFleet } from '../config/host-config.js';
import type { FleetConfig } from '../config/host-fleet.js';
import { BenchError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { type Fleet, openFleet } from '../ownership/ownership.js';
import { planGuards } from '../replicate/replicate.js';
import { applySteps, type OnStep, perform, type Step } from '../steps/steps.js';
import { inspectTimer, planNoTimer, planTimer } from '../timers/timers.js';
import { forgetRows } from './forget.js';
import { type FleetWish, planHostToml, planNoFleet } from './host-toml.js';
import { takeInventory } from './inventory.js';
import { refuseOwns } from './name-owns.js';
import { type Published, publish, refuseTaken } from './publish.js';
import { FLEET_TIMER } from './units.js';

/** What is done on this host, and what etcd said. */
export interface SetupPlan {
  host: string;
  address: string;
  etcd: string[];
  prefix: string;
  /** The version of etcd that answers, and bytes of its database. */
  etcdVersion: string;
  etcdBytes: number;
  steps: Step[];
}

export interface SetupOptions {
  wish: FleetWish;
  runner: Runner;
  product: string;
  /** Shown what is done; throws to stop. */
  confirm: (plan: SetupPlan) => Promise<void>;
  onEvent: OnStep;
}

/** What `bench fleet setup` would do. Asks etcd, and changes nothing. */
export async function previewSetup(wish: FleetWish, runner: Runner): Promise<SetupPlan> {
  const before = await readFleet().catch(() => undefined);
  const { fleet, steps } = await planHostToml(named(wish, before));
  if (fleet === undefined)
    throw new UsageError('fleet-missing', `${HOST_CONFIG} has no [fleet], and nothing was said of it.`, {
      suggestions: ['bench fleet setup --etcd https://HOST:2379 --ca FILE --cert FILE --key FILE'],
    });
  const opened = await openFleet(fleet);
  try {
    const host = { host: fleet.name, machine: await machine() };
    await refuseTaken(opened, host);
    if (before?.name !== fleet.name)
      await refuseOwns(opened, host, (await takeInventory(runner, fleet, '')).benches);
    const { version, sizeBytes } = await opened.client.status();
    const units = planTimer(FLEET_TIMER, await inspectTimer(FLEET_TIMER, runner));
    return {
      host: fleet.name,
      address: fleet.address,
      etcd: fleet.etcd,
      prefix: fleet.prefix,
      etcdVersion: version,
      etcdBytes: sizeBytes,
      steps: [...steps, ...units],
    };
  } finally {
    opened.client.close();
  }
}

/** A host keeps the name that it came with, whatever its host name becomes. */
function named(wish: FleetWish, before: FleetConfig | undefined): FleetWish {
  return wish.name !== undefined || before !== undefined ? wish : { ...wish, name: hostname() };
}

async function machine(): Promise<string> {
  return (await readText('/etc/machine-id'))?.trim().slice(0, 32) ?? '';
}

/**
 * Lets this host into a fleet: [fleet] in host.toml, a timer that tells the fleet what is on it, and the first time
 * that it is told. Run again it finds nothing to do, or changes what was said.
 * @throws SilentError, and what {@link publish} throws
 */
export async function setUp({
  wish,
  runner,
  product,
  confirm,
  onEvent,
}: SetupOptions): Promise<SetupPlan & { published: Published }> {
  const plan = await previewSetup(wish, runner);
  await confirm(plan);
  await applySteps(plan.steps, runner, onEvent);
  const guards = await planAllGuards();
  await applySteps(guards, runner, onEvent);
  const published = await perform('Tell the fleet what is here', () => told(runner, product), onEvent);
  return { ...plan, steps: [...plan.steps, ...guards], published };
}

/** What asks before a start depends on whether it may start without an answer. */
async function planAllGuards(): Promise<Step[]> {
  const steps: Step[] = [];
  for (const config of await hostBenches()) steps.push(...(await planGuards(config)));
  return steps;
}

async function told(runner: Runner, product: string): Promise<Published> {
  const config = await readFleet();
  if (config === undefined) throw new Error('there is no [fleet]');
  const fleet = await openFleet(config);
  try {
    return await publish(fleet, runner, product);
  } finally {
    fleet.client.close();
  }
}

/** What `bench fleet leave` does, or has done. */
export interface Left {
  host: string;
  steps: Step[];
  /** Why etcd still has rows of this host; null where it has none. */
  rowsLeft: string | null;
}

/**
 * Takes this host out of its fleet. What etcd knows of rights to benches stays. Killed anywhere, the next run finishes:
 * [fleet] goes after the rows that it leads to, and what is left behind it is found without it.
 */
export async function leave(
  runner: Runner,
  { dryRun, onEvent }: { dryRun: boolean; onEvent: OnStep },
): Promise<Left> {
  const config = await readFleet();
  const timer = planNoTimer(FLEET_TIMER, await inspectTimer(FLEET_TIMER, runner));
  const table = await planNoFleet();
  const left = config === undefined ? await planAllGuards() : [];
  if (config === undefined && timer.length + left.length === 0)
    throw new UsageError('fleet-missing', `This host is in no fleet: ${HOST_CONFIG} has no [fleet].`);
  const host = config?.name ?? hostname();
  if (dryRun) return { host, steps: [...timer, ...table, ...left], rowsLeft: null };
  await applySteps(timer, runner, onEvent);
  const rowsLeft = config === undefined ? null : await forgetMine(config);
  await applySteps(table, runner, onEvent);
  const guards = await planAllGuards();
  await applySteps(guards, runner, onEvent);
  return { host, steps: [...timer, ...table, ...guards], rowsLeft };
}

async function forgetMine(config: FleetConfig): Promise<string | null> {
  let fleet: Fleet | undefined;
  try {
    fleet = await openFleet(config);
    await forgetRows(fleet, config.name);
    return null;
  } catch (error) {
    if (error instanceof BenchError) return error.message;
    throw error;
  } finally {
    fleet?.client.close();
  }
}
