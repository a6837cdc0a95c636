import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import { formatSource, mountAt } from '../host/mounts.js';
import type { Step } from '../steps/steps.js';
import type { Dataset } from '../zfs/zfs.js';
import type { Facts } from './facts.js';
import { planKeyPlace, planLoad } from './plan-key.js';

/**
 * What makes a dataset that is there appear at its mount point. Where a property stands in the way it is set first,
 * which may mount it already: the rest is seen in the next round. Pure.
 * @throws RefusedError `key-not-loaded` or `dataset-covered`
 */
export function planMount(config: BenchConfig, facts: Facts, dataset: Dataset): Step[] {
  const load = planLoad(config, facts, dataset);
  if (load.length === 0) refuseLocked(dataset);
  refuseCovered(facts);
  const properties = mountProperties(facts, dataset);
  return [
    ...planKeyPlace(config, facts),
    ...load,
    ...(properties.length > 0 ? properties : [...guardSteps(facts), mountStep(facts)]),
  ];
}

/** The pool's own dataset holds the directory that is mounted over; it may be off, where its owner wants it so. */
function prepareAbove({ pool }: Facts): Step[] {
  const root = pool?.datasets.find(({ name }) => name === pool.name);
  if (root === undefined) return [];
  const path = `/${root.name}`;
  const isHere = root.mountpoint === path && (root.mounted || root.canmount === 'on');
  // Made immutable for the pool's own mount, which then went elsewhere: the mount point is to be made in it.
  if (!isHere) return [{ kind: 'directory.open', path }];
  return root.mounted ? [] : [{ kind: 'dataset.mount', dataset: root.name, mountpoint: path }];
}

/** Before the dataset is mounted, and so that nothing can be written to its mount point while it is not. */
export function guardSteps(facts: Facts): Step[] {
  return [...prepareAbove(facts), { kind: 'mountpoint.guard', path: facts.layout.mountpoint }];
}

export function mountStep({ layout }: Facts): Step {
  return { kind: 'dataset.mount', dataset: layout.dataset, mountpoint: layout.mountpoint };
}

/** Mounted now is not enough: the next boot has to mount it, too, and at its place. */
export function mountProperties({ layout }: Facts, dataset: Dataset): Step[] {
  const properties = {
    ...(dataset.canmount === 'on' ? {} : { canmount: 'on' }),
    ...(dataset.mountpoint === layout.mountpoint ? {} : { mountpoint: layout.mountpoint }),
  };
  return Object.keys(properties).length === 0
    ? []
    : [{ kind: 'dataset.set', dataset: dataset.name, properties }];
}

function refuseLocked(dataset: Dataset): void {
  if (dataset.lockedBy === undefined) return;
  throw new RefusedError(
    'key-not-loaded',
    `${dataset.name} is encrypted, and the key of ${dataset.lockedBy} is not loaded.`,
    { suggestions: [`zfs load-key ${dataset.lockedBy}`, 'Then run bench init again.'] },
  );
}

function refuseCovered({ mounts, layout }: Facts): void {
  const cover = mountAt(mounts, layout.mountpoint);
  if (cover === undefined) return;
  throw new RefusedError(
    'dataset-covered',
    `${layout.mountpoint} shows ${formatSource(cover)} instead of ${layout.dataset}.`,
    {
      suggestions: [
        `umount ${layout.mountpoint}`,
        'Then run bench init again, and see to it that nothing mounts it at boot.',
      ],
    },
  );
}
