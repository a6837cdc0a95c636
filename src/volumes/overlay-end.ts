import { volumeDataset } from '../bench/bench.js';
import { type Registry, VOLUME_MARK, type Volume } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { MARK } from '../zfs/zfs.js';
import { refuseNewVolume } from './create.js';
import { newId } from './id.js';
import { overlaySnapshot } from './overlay.js';

/** What was written to a private copy goes with it, and the snapshot that it was made of. Pure. */
export function dropOverlay(base: Volume, { dataset, mountpoint }: Volume, bench: string): Step[] {
  return [
    { kind: 'dataset.set', dataset, properties: { [VOLUME_MARK.whole]: 'deleting' } },
    { kind: 'dataset.destroy', dataset },
    { kind: 'directory.remove', path: mountpoint },
    { kind: 'snapshot.destroy', snapshot: overlaySnapshot(base, bench) },
  ];
}

/** A private copy becomes a volume of its own, still sharing the blocks of the one that it was made of. Pure. */
export function keepOverlay(
  registry: Registry,
  base: Volume,
  { dataset, mountpoint }: Volume,
  name: string,
): Step[] {
  refuseNewVolume(registry, name, '');
  const kept = volumeDataset(base.pool, name);
  const id = newId();
  return [
    // Named as what it becomes before it stands there: cut off between the two, both are known by their marks.
    { kind: 'dataset.set', dataset, properties: { [VOLUME_MARK.id]: id } },
    { kind: 'dataset.rename', from: dataset, to: kept },
    { kind: 'dataset.inherit', dataset: kept, properties: [MARK.bench, VOLUME_MARK.overlay] },
    { kind: 'directory.remove', path: mountpoint },
  ];
}
