import { destroySnapshot, findSnapshot } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface SnapshotDestroy {
  kind: 'snapshot.destroy';
  snapshot: string;
  /** It goes when its last clone does (zfs-destroy(8), `-d`). */
  withLastClone?: true;
}

export const snapshotDestroy: Kind<SnapshotDestroy> = {
  describe: ({ snapshot, withLastClone }) =>
    withLastClone === undefined
      ? `Destroy the snapshot ${snapshot}`
      : `Let the snapshot ${snapshot} go with its last clone`,
  commands: ({ snapshot, withLastClone }) => [
    destroySnapshot(snapshot, { deferred: withLastClone !== undefined }),
  ],
  apply: async ({ snapshot }, { run, runner }) => {
    if ((await findSnapshot(runner, snapshot)) !== undefined) await run();
  },
};
