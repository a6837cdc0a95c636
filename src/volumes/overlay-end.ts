import { volumeDataset } from '../bench/bench.js';
import { type Registry, VOLUME_MARK, type Volume } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { MARK, poolOf } from '../zfs/zfs.js';
import { newId } from './id.js';
import { refuseNewVolume } from './refuse-new.js';

/**
 * What was written to a private copy goes with it, and the snapshot that it was made of: that is told before to go with
 * its last clone, for once the copy is gone nothing names it any more. By then it is mounted nowhere. Pure.
 */
export function dropOverlay({ dataset, mountpoint, origin }: Volume): Step[] {
  return [
    { kind: 'dataset.set', dataset, properties: { [VOLUME_MARK.whole]: 'deleting' } },
    { kind: 'directory.remove', path: mountpoint },
    ...(origin === undefined
      ? []
      : [{ kind: 'snapshot.destroy', snapshot: origin, withLastClone: true } as const]),
    { kind: 'dataset.destroy', dataset },
  ];
}

/** A private copy becomes a volume of its own, still sharing the blocks of the one that it was made of. Pure. */
export function keepOverlay(registry: Registry, { dataset, mountpoint }: Volume, name: string): Step[] {
  refuseNewVolume(registry, name, '');
  const kept = volumeDataset(poolOf(dataset), name);
  const id = newId();
  return [
    // Named as what it becomes before it stands there: cut off between the two, both are known by their marks.
    { kind: 'dataset.set', dataset, properties: { [VOLUME_MARK.id]: id } },
    { kind: 'directory.remove', path: mountpoint },
    { kind: 'dataset.rename', from: dataset, to: kept },
    forgetOverlay(kept),
  ];
}

/** Of what has become a volume of its own: the marks of the private copy that it was. */
export function forgetOverlay(dataset: string): Step {
  return { kind: 'dataset.inherit', dataset, properties: [MARK.bench, VOLUME_MARK.overlay] };
}
