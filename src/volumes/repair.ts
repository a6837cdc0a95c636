import { VOLUMES } from '../bench/bench.js';
import type { Runner } from '../host/exec.js';
import {
  type Registry,
  readRegistry,
  requireVolume,
  VOLUME_MARK,
  type Volume,
} from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { type Change, type Changed, type ChangeOptions, changePool } from './change.js';
import { deleteSteps } from './delete.js';
import { leftExportSteps } from './left-exports.js';
import { orphanSteps, snapshotsForClones, type TakenForAClone } from './orphans.js';
import { forgetOverlay } from './overlay-end.js';
import { placeProperties } from './pool.js';
import { isLeftover, wasInUse } from './refuse-new.js';

/**
 * Brings to an end what was cut off: a delete goes on, what never became a volume is taken away (nobody can have put
 * anything into it), and what was a private copy loses the marks of one. Everything else is told of and left.
 * @param name of one volume; undefined for all of every pool
 */
export async function repairVolumes(
  runner: Runner,
  name: string | undefined,
  options: ChangeOptions,
): Promise<Changed & { pools: string[] }> {
  const registry = await readRegistry(runner);
  const pools =
    name === undefined ? registry.pools.map((pool) => pool.name) : [requireVolume(registry, name).pool];
  const changed: Changed = { steps: [], notes: [], dryRun: options.dryRun, volume: null };
  for (const pool of pools) {
    const inPool = await changePool(
      pool,
      runner,
      'bench volume repair',
      async ({ registry: found }, held) => {
        const forClones = name === undefined ? await snapshotsForClones(held, pool) : [];
        return { dataset: '', ...planRepair(found, pool, name, forClones, new Date()) };
      },
      options,
    );
    changed.steps.push(...inPool.steps);
    changed.notes.push(...inPool.notes);
  }
  return { ...changed, pools };
}

/**
 * With no name also what is no volume: clones and files that exports have left, and snapshots without the clone that
 * they were taken for. Pure.
 */
export function planRepair(
  registry: Registry,
  pool: string,
  name: string | undefined,
  forClones: readonly TakenForAClone[],
  now: Date,
): Change {
  const change: Change = { steps: [], notes: [] };
  const inPool = registry.volumes.filter((volume) => volume.pool === pool);
  const wanted = name === undefined ? inPool : [requireVolume(registry, name)];
  for (const volume of wanted) {
    if (volume.atWork !== undefined)
      change.notes.push(`${volume.dataset} is being made by ${volume.atWork}: it is left alone.`);
    else if (volume.state === 'deleting' || isLeftover(volume)) change.steps.push(...deleteSteps(volume));
    else if (volume.role === 'data' && volume.overlayOf !== undefined)
      change.steps.push(forgetOverlay(volume.dataset));
    else if (volume.damaged.length > 0)
      change.notes.push(
        `${volume.dataset} has properties that bench cannot read: ${volume.damaged.join(', ')}.`,
      );
    else if (volume.state === 'half-made') change.notes.push(strange(volume));
  }
  if (name !== undefined) return change;
  change.steps.push(...leftExportSteps(registry, pool), ...orphanSteps(forClones, now));
  const place = `${pool}/${VOLUMES}`;
  const canmount = registry.places.get(place);
  if (canmount !== undefined && canmount !== 'off') change.steps.push(offAgain(place));
  return change;
}

function offAgain(place: string): Step {
  return { kind: 'dataset.set', dataset: place, properties: placeProperties(place) };
}

function strange(volume: Volume): string {
  const { dataset, copyOf } = volume;
  if (copyOf !== undefined)
    return (
      `${dataset} is a volume of the bench ${copyOf}, which was on its way from one host to another: it is left as it ` +
      `is. Go on with that: bench promote ${copyOf}, or bench replicate reverse -b ${copyOf}.`
    );
  if (wasInUse(volume))
    return (
      `${dataset} was a whole volume and is not marked as one any more: it is left as it is. Was its bench on its way to ` +
      `another host? Then go on with bench replicate reverse; else: zfs set ${VOLUME_MARK.whole}=1 ${dataset}`
    );
  return (
    `${dataset} has no mark of bench's, so it is left as it is: zfs rename it elsewhere if it is somebody's, ` +
    'or zfs destroy it.'
  );
}
