import { destroySnapshot, findSnapshot } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface SnapshotDestroy {
  kind: 'snapshot.destroy';
  snapshot: string;
}

export const snapshotDestroy: Kind<SnapshotDestroy> = {
  describe: ({ snapshot }) => `Destroy the snapshot ${snapshot}`,
  commands: ({ snapshot }) => [destroySnapshot(snapshot)],
  apply: async ({ snapshot }, { run, runner }) => {
    if ((await findSnapshot(runner, snapshot)) !== undefined) await run();
  },
};
