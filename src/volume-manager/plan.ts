import { asClone, refuseHeldByAnother } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { ConfigChange } from '../config/edit.js';
import { refuseAboveLimit } from '../config/host-config.js';
import { formatKeySource } from '../config/key-source.js';
import { formatSize } from '../config/size.js';
import { aboutDisk } from '../disks/disks.js';
import { RefusedError } from '../errors.js';
import { parseFstab } from '../host/fstab.js';
import type { Step } from '../steps/steps.js';
import { planBenchVolumes, type VolumesPlan } from '../volumes/volumes.js';
import { imageDirectory } from '../zfs/zfs.js';
import { type Backing, diskNotes, resolveBacking } from './backing.js';
import { refuseClashes } from './clashes.js';
import { type DesiredSizes, resolveSizes } from './desired-sizes.js';
import type { Facts } from './facts.js';
import { refuseTooLarge, refuseWriters } from './move.js';
import { operatorNotes } from './operators.js';
import { type PlanContext, planContents } from './plan-contents.js';
import {
  newEncryption,
  planFirstEscrow,
  planKeyPlace,
  planNewKey,
  planPresentKey,
  refuseOtherEncryption,
} from './plan-key.js';
import { guardSteps, mountProperties, mountStep, planMount } from './plan-mount.js';
import { refusePoolDirectory } from './pool-directory.js';
import { desiredProperties, isInForce } from './properties.js';
import {
  refuseForeignDataset,
  refuseMissingDataset,
  refuseMissingPool,
  refuseSecondPool,
  refuseUnhealthyPool,
  refuseWithoutDirectIo,
} from './refusals.js';
import { planSoftware } from './software.js';
import { planWipe, refuseWipe, wipeNotes } from './wipe.js';

export interface Plan {
  steps: Step[];
  /**
   * False where what follows depends on what these steps bring to light (a pool to import, a dataset to mount,
   * packages to install): the system is then looked at again and planned anew.
   */
  complete: boolean;
  /** What the operator should know, one sentence each. */
  notes: string[];
}

/**
 * What `bench init` has to do, from what it wants and what is there. Pure.
 * @throws RefusedError where going on could harm data
 */
export function planInit(wanted: BenchConfig, facts: Facts, context: PlanContext): Plan {
  const config = asClone(wanted, facts.dataset);
  refuseWipe(config, facts);
  refuseClashes(config, facts);
  if (facts.record === undefined) refuseAboveLimit(facts.limits, 'maxBenches', facts.others.length + 1);
  const software = planSoftware(facts.software);
  if (software.length > 0) return { steps: software, complete: false, notes: [] };
  refuseMissingPool(config, facts);
  if (facts.record === undefined) refuseSecondPool(config, facts);
  refuseWithoutDirectIo(config, facts);
  if (facts.pool === undefined) refusePoolDirectory(config.volume.pool, facts.poolDirectoryObstacle);
  if (facts.importable.length > 0) return planImport(config, facts);
  refuseUnhealthyPool(facts);
  refuseMissingDataset(config, facts);
  if (facts.dataset !== undefined) refuseForeignDataset(config, facts);
  refuseOtherEncryption(config, facts);
  // What lies in it, bench.toml included, can only be seen once it is mounted.
  if (facts.dataset !== undefined && !facts.datasetVisible) {
    return { steps: planMount(config, facts, facts.dataset), complete: false, notes: [] };
  }

  const backing = resolveBacking(config, facts);
  const sizes = resolveSizes(config, facts, backing);
  refuseTooLarge(facts, backing, sizes);
  refuseWriters(config, facts);
  // A pool that is still to be made holds no volume, and cannot be asked for any.
  if (facts.pool === undefined && config.volumes.length > 0)
    return { steps: planVolume(config, facts, backing, sizes), complete: false, notes: sizes.notes };
  const volumes = planVolumes(config, facts);
  const steps = [
    ...planVolume(config, facts, backing, sizes),
    ...planContents(config, facts, backing, context, volumes),
  ];
  const notes = [
    ...diskNotes(backing),
    ...wipeNotes(facts),
    ...unfinishedNotes(facts),
    ...sizes.notes,
    ...steps.flatMap((step) => noteFor(step, facts)),
    ...operatorNotes(facts.access),
    ...volumes.notes,
  ];
  return { steps, complete: true, notes };
}

function planVolumes(config: BenchConfig, facts: Facts): VolumesPlan {
  const { registry } = facts;
  if (registry === undefined) return { prepare: [], show: [], notes: [] };
  return planBenchVolumes(config, {
    ...facts,
    registry,
    fstab: parseFstab(facts.fstab),
    owner: facts.benchOwner,
  });
}

function noteFor(step: Step, { unit, layout }: Facts): string[] {
  if (step.kind === 'file.write' && step.path === layout.instanceConfigPath && unit.active === 'active')
    return [`MariaDB goes on with the settings that it was started with: systemctl restart ${layout.unit}`];
  if (step.kind !== 'part.migrate' || step.disposable) return [];
  return [
    `The original of ${step.part.target} stays as ${step.aside}; remove it when you no longer want it.`,
  ];
}

function planImport(config: BenchConfig, facts: Facts): Plan {
  // Of several by that name, the bench's own.
  const recorded = facts.importable.filter(({ guid }) => guid === facts.record?.pool.guid);
  const [pool, second] = recorded.length > 0 ? recorded : facts.importable;
  if (pool === undefined) throw new Error('planImport needs an importable pool');
  if (second !== undefined) {
    throw new RefusedError(
      'pool-ambiguous',
      `Two pools named ${pool.name} can be imported (${pool.guid}, ${second.guid}).`,
      {
        suggestions: [
          `Import the right one by its number: zpool import ${pool.guid}`,
          'Then run bench init again.',
        ],
      },
    );
  }
  refuseHeldByAnother(pool, config.name);
  if (pool.state !== 'ONLINE') {
    throw new RefusedError(
      'pool-degraded',
      `Pool ${pool.name} can be imported but is ${pool.state}: ${pool.status ?? 'see zpool import.'}`,
      {
        suggestions: [
          'zpool import',
          'Bring its devices back before going on; bench never forces an import.',
        ],
      },
    );
  }
  return {
    steps: [
      { kind: 'mountpoint.guard', path: `/${config.volume.pool}`, mayNest: true },
      { kind: 'pool.import', pool: pool.name, guid: pool.guid, searchDir: imageDirectory(pool) },
    ],
    complete: false,
    notes: [`Pool ${pool.name} exists and is not imported: it is imported, not made anew.`],
  };
}

function planVolume(config: BenchConfig, facts: Facts, backing: Backing, sizes: DesiredSizes): Step[] {
  const { layout } = facts;
  const steps: Step[] = [];
  // Written before anything is made, so that an interrupted init goes on with the same disk and the same sizes.
  const changes = configChanges(config, backing, sizes);
  if (changes.length > 0) steps.push({ kind: 'config.write', file: config.file, changes });

  if (facts.pool === undefined) {
    steps.push({ kind: 'mountpoint.guard', path: `/${config.volume.pool}` });
    steps.push(...planWipe(facts, backing.path));
    if (backing.kind === 'image' && facts.imageBytes !== backing.sizeBytes) {
      steps.push({ kind: 'image.create', path: backing.path, sizeBytes: backing.sizeBytes });
    }
    steps.push({
      kind: 'pool.create',
      pool: config.volume.pool,
      vdev: backing.path,
      backing: backing.kind,
      trim: backing.trim,
      about: backing.disk === undefined ? '' : aboutDisk(backing.disk),
      bench: config.name,
    });
  }

  steps.push(...planKeyPlace(config, facts));
  const properties = desiredProperties(config, facts, sizes);
  if (facts.dataset === undefined) {
    // Guarded first: after a power cut it is mounted at boot, which makes its mount point where there is none.
    steps.push(...planNewKey(config, facts));
    steps.push(...guardSteps(facts));
    steps.push({
      kind: 'dataset.create',
      dataset: layout.dataset,
      properties: { ...newEncryption(config), ...properties, ...ownMountpoint(config, facts) },
      bench: config.name,
    });
    // Before there is anything in it that could be lost.
    steps.push(...planFirstEscrow(config, facts));
    steps.push(mountStep(facts));
    return steps;
  }
  const differing = Object.entries(properties).filter(
    ([key, value]) =>
      facts.datasetIsUnfinished || (facts.properties[key] !== undefined && !isInForce(key, value, facts)),
  );
  if (differing.length > 0) {
    steps.push({ kind: 'dataset.set', dataset: layout.dataset, properties: Object.fromEntries(differing) });
  }
  steps.push(...planPresentKey(config, facts, facts.dataset.name));
  steps.push(...mountProperties(facts, facts.dataset));
  return steps;
}

/** Why a dataset is taken that no bench is named on. */
function unfinishedNotes({ dataset, datasetIsUnfinished }: Facts): string[] {
  if (dataset === undefined || !datasetIsUnfinished) return [];
  return [
    `An init that was cut off had begun to make the dataset ${dataset.name}: it is empty, and gets its properties now.`,
  ];
}

/** A pool that somebody else has made may be mounted elsewhere or not at all, which a dataset in it inherits. */
function ownMountpoint(config: BenchConfig, { pool, layout }: Facts): Record<string, string> {
  const root = pool?.datasets.find(({ name }) => name === config.volume.pool);
  return root === undefined || root.mountpoint === `/${config.volume.pool}`
    ? {}
    : { mountpoint: layout.mountpoint };
}

/** What bench.toml does not say yet. Pure. */
export function configChanges(config: BenchConfig, backing: Backing, sizes: DesiredSizes): ConfigChange[] {
  const { volume } = config;
  const wanted: ConfigChange[] = [];
  if (volume.backing !== backing.kind) wanted.push({ key: 'volume.backing', value: backing.kind });
  if (backing.kind === 'device' && volume.device !== backing.path) {
    wanted.push({ key: 'volume.device', value: backing.path });
  }
  if (backing.kind === 'image' && volume.image.sizeBytes === undefined) {
    wanted.push({ key: 'volume.image.size', value: formatSize(backing.sizeBytes) });
  }
  if (backing.kind === 'image' && volume.image.path !== backing.path) {
    wanted.push({ key: 'volume.image.path', value: backing.path });
  }
  // With its name, which so stays the same in a clone, and under another name of the bench.
  if (volume.key !== undefined && volume.keyAsWritten !== formatKeySource(volume.key))
    wanted.push({ key: 'volume.key', value: formatKeySource(volume.key) });
  if (volume.quotaBytes !== sizes.quotaBytes) {
    wanted.push({ key: 'volume.dataset.quota', value: formatSize(sizes.quotaBytes) });
  }
  if (volume.reservationBytes !== sizes.reservationBytes) {
    wanted.push({ key: 'volume.dataset.reservation', value: formatSize(sizes.reservationBytes) });
  }
  return wanted;
}

/** The properties of a dataset that is made as a clone, but for its marks: it inherits none of its origin's. Pure. */
export function cloneDatasetProperties(config: BenchConfig, facts: Facts): Record<string, string> {
  const sizes = resolveSizes(config, facts, resolveBacking(config, facts));
  const { reservation: _, ...properties } = desiredProperties(config, facts, sizes);
  // Mounted at boot from the moment on when what is in it is its own.
  return { ...properties, ...ownMountpoint(config, facts), canmount: 'noauto' };
}
