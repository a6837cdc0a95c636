import { makeNoted } from '../../registry/registry.js';
import { cloneSnapshot } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** Like everything that ZFS makes, a clone gets its properties a moment after it is there. */
export interface SnapshotClone {
  kind: 'snapshot.clone';
  snapshot: string;
  dataset: string;
  properties: Readonly<Record<string, string>>;
}

export const snapshotClone: Kind<SnapshotClone> = {
  describe: ({ snapshot, dataset }) => `Clone ${snapshot} as ${dataset}`,
  commands: ({ snapshot, dataset, properties }) => [cloneSnapshot(snapshot, dataset, properties)],
  apply: ({ dataset }, { run, runner }) => makeNoted(dataset, runner, run),
};
