import { snapshotDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface SnapshotTake {
  kind: 'snapshot.take';
  snapshot: string;
  properties: Readonly<Record<string, string>>;
  /** Snapshots of other datasets of its pool, of the same moment. */
  along?: readonly string[];
}

export const snapshotTake: Kind<SnapshotTake> = {
  describe: ({ snapshot, along = [] }) => `Take the snapshot ${[snapshot, ...along].join(', ')}`,
  commands: ({ snapshot, properties, along = [] }) => [snapshotDataset([snapshot, ...along], properties)],
};
