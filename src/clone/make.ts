import { join } from 'node:path';
import {
  aloneOn,
  finishCloneCommand,
  forgetCloneNote,
  openBench,
  refuseUnfinishedDrop,
  refuseUnfinishedRestore,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { stateDir } from '../host/paths.js';
import { withPoolLock } from '../registry/registry.js';
import { takeSnapshot } from '../snapshot/snapshot-orchestrator.js';
import { applySteps, halfWay, type OnStep, perform, type Step } from '../steps/steps.js';
import { converge, type Plan } from '../volume-manager/volume-manager.js';
import {
  destroySnapshot,
  findDataset,
  findSnapshot,
  isHeld,
  listSnapshots,
  poolOf,
  type Snapshot,
} from '../zfs/zfs.js';
import { preparationOf, withHostLock, withOwnLock } from './as-init.js';
import { type Found, look } from './look.js';
import { type ClonePlan, isStart, planClone } from './plan-clone.js';
import { prepare, startOwnUnits } from './prepare.js';
import { reloadOwn, userFor } from './reload.js';
import { type CloneRequest, NEW_TAG } from './request.js';
import { hasScripts } from './scripts.js';
import { TEMPLATE_TAG } from './template.js';

export interface CloneOptions {
  request: CloneRequest;
  runner: Runner;
  /** Shown the whole plan before it is carried out; throws to stop. */
  confirm: (plan: Plan) => Promise<void>;
  onEvent: OnStep;
}

/** What came of it. */
export interface Cloned {
  config: BenchConfig;
  /** The bench that it is a copy of. */
  source: string;
  template: string | undefined;
  /** Of the snapshot that it was made of. */
  tag: string;
  /** Every step carried out; empty where the clone was whole already. */
  steps: Step[];
  notes: string[];
}

/** What `bench clone` would do. Changes nothing. */
export async function previewClone(request: CloneRequest, runner: Runner): Promise<Plan> {
  const found = await look(request, runner);
  return wholePlan(planClone(found, snapshotName(found), await userFor(found.source.config, runner)));
}

/**
 * Makes a bench from a snapshot of another one, or goes on where that was cut off. Alone on the host, like `bench init`,
 * whose plan is the larger part of it; and alone on its source while the snapshot becomes a dataset.
 */
export async function cloneBench(options: CloneOptions): Promise<Cloned> {
  const { request, runner, confirm } = options;
  const purpose = `bench clone ${request.source.name} ${request.name}`;
  return withHostLock(purpose, async () => {
    const found = await look(request, runner);
    const user = await userFor(found.begun.config ?? found.source.config, runner);
    const plan = planClone(found, snapshotName(found), user);
    await confirm(wholePlan(plan));
    // Not before: the lock leaves a directory, and what is refused leaves nothing.
    return withOwnLock(request.name, purpose, runner, async (held) => {
      await refuseUnfinishedRestore(request.name);
      await refuseUnfinishedDrop(request.name);
      return make({ ...options, runner: held }, found, plan, { user, purpose });
    });
  });
}

async function make(
  options: CloneOptions,
  found: Found,
  plan: ClonePlan,
  { user, purpose }: { user: string; purpose: string },
): Promise<Cloned> {
  const { request, runner, onEvent } = options;
  const { source, config, begun } = found;
  const { name } = config;
  const steps = begun.dataset === undefined ? await makeDataset(options, found, user, purpose) : plan.own;
  if (begun.dataset !== undefined) await applySteps(steps, runner, onEvent);

  const reload = () => reloadOwn(config);
  const isPending = hasScripts(await reload()) && isHeld(found.marks);
  const flags = { wipeDevice: undefined, operators: [] };
  const init = { name, runner, flags, reload, confirm: async () => undefined, onEvent };
  const skips = (step: Step) =>
    // Until it may act, the next boot does not start it.
    request.start ? isPending && step.kind === 'unit.enable' : isStart(step);
  const made = await halfWay(() => converge({ ...init, skips }));
  const own = await openBench({ bench: name, guess: false });
  const finish = finishCloneCommand(name, { source: source.bench, template: source.template });
  const preparation = preparationOf(own, runner, finish, onEvent, user);
  const last = request.start
    ? await halfWay(async () => [
        ...(await prepare(preparation)),
        ...(await startOwnUnits(preparation, join(stateDir(name), 'stopped-units.json'))),
      ])
    : [];
  await forgetCloneNote(name);
  return {
    config: own,
    source: source.bench,
    template: source.template,
    tag: (await findDataset(runner, own.volume.dataset))?.clone?.tag ?? '',
    steps: [...steps, ...made.steps, ...last],
    notes: [...new Set([...plan.notes, ...made.notes])],
  };
}

/** The part under the lock of the source, which must not be restored meanwhile. */
async function makeDataset(
  { request, runner, onEvent }: CloneOptions,
  found: Found,
  user: string,
  purpose: string,
): Promise<Step[]> {
  const { source } = found;
  if (source.template !== undefined) {
    const { own } = planClone(found, snapshotName(found), user);
    await applySteps(own, runner, onEvent);
    return own;
  }
  const snapshot = found.snapshot ?? (await takeFresh(request, found, runner, onEvent));
  return aloneOn(source.config, runner, purpose, async (held) => {
    await refuseUnfinishedRestore(source.bench);
    const { own } = planClone({ ...found, snapshot }, snapshot.name, user);
    const apply = (last: Runner) => applySteps(own, last, onEvent);
    // Copies of volumes come into the registry, which is shared by all that change it.
    if (found.volumes.cloned.length === 0) await apply(held);
    else await withPoolLock(poolOf(source.dataset), held, purpose, apply);
    return own;
  });
}

/** What a clone of this name that was cut off has taken for itself, and nothing was made of, goes. */
async function takeFresh(
  { name }: CloneRequest,
  { source, volumes }: Found,
  runner: Runner,
  onEvent: OnStep,
): Promise<Snapshot> {
  for (const dataset of [source.dataset, ...volumes.cloned.map(({ volume }) => volume.dataset)])
    for (const left of await listSnapshots(runner, dataset))
      if (left.madeFor === name && left.clones.length === 0 && left.holds === 0)
        await runner.run(destroySnapshot(left.name));
  return perform(
    `Take a consistent snapshot of ${source.bench}`,
    async () => {
      const taken = await takeSnapshot(source.config, runner, {
        madeFor: name,
        note: `for the clone ${name}`,
      });
      const snapshot = await findSnapshot(runner, taken.name);
      if (snapshot === undefined) throw new Error(`${taken.name} is gone again`);
      return snapshot;
    },
    onEvent,
  );
}

function snapshotName({ snapshot, source }: Found): string {
  return snapshot?.name ?? `${source.dataset}@${source.template === undefined ? NEW_TAG : TEMPLATE_TAG}`;
}

function wholePlan({ own, init, scripts, notes }: ClonePlan): Plan {
  return { steps: [...own, ...init, ...scripts], complete: true, notes };
}
