import { OVERLAYS, overlayDataset } from '../bench/bench.js';
import type { WantedVolume } from '../config/config.js';
import { type Registry, VOLUME_MARK, type Volume } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { MARK } from '../zfs/zfs.js';
import { FILESYSTEM_PROPERTIES } from './create.js';
import { newId } from './id.js';
import { placeSteps } from './pool.js';

/** What the snapshots that private copies are made of are called. */
export const OVERLAY_TAG = 'bench-overlay-';

/**
 * A private writable copy of a volume as it is now, whose own writes are capped: what a clone shares with its origin
 * does not count against its quota (zfs-clone(8)). Nothing where it is whole already. Pure.
 * @param present what is there of it
 */
export function overlaySteps(
  registry: Registry,
  base: Pick<Volume, 'dataset' | 'pool' | 'id' | 'name'>,
  present: Volume | undefined,
  bench: string,
  wanted: WantedVolume,
): Step[] {
  if (present?.state === 'whole') return [];
  const dataset = overlayDataset(base.pool, bench, base.name);
  // One of its own each time: what was kept of an earlier copy goes on to share its snapshot.
  const snapshot = `${base.dataset}@${OVERLAY_TAG}${newId()}`;
  const properties = {
    ...FILESYSTEM_PROPERTIES,
    quota: String(wanted.overlayBytes),
    [MARK.bench]: bench,
    [VOLUME_MARK.overlay]: base.id,
    [VOLUME_MARK.made]: 'clone',
  };
  const complete: Step = { kind: 'volume.complete', dataset };
  // Cut off behind the clone, which may lack its properties, nothing has been written to it yet.
  if (present !== undefined) return [{ kind: 'dataset.set', dataset, properties }, complete];
  return [
    ...placeSteps(registry, `${base.pool}/${OVERLAYS}`),
    { kind: 'snapshot.take', snapshot, properties: { [MARK.quiesce]: 'volume' } },
    { kind: 'snapshot.clone', snapshot, dataset, properties },
    complete,
  ];
}
