import { snapshotDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface SnapshotTake {
  kind: 'snapshot.take';
  snapshot: string;
  properties: Readonly<Record<string, string>>;
}

export const snapshotTake: Kind<SnapshotTake> = {
  describe: ({ snapshot }) => `Take the snapshot ${snapshot}`,
  commands: ({ snapshot, properties }) => [snapshotDataset(snapshot, properties)],
};
