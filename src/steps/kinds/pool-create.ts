import { noteUnfinishedPool } from '../../bench/bench.js';
import { recheckDisk } from '../../disks/disks.js';
import { createPool, type NewPool } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface PoolCreate extends NewPool {
  kind: 'pool.create';
  bench: string;
  /** Which disk that is, for people: model, serial number and transport. */
  about: string;
}

export const poolCreate: Kind<PoolCreate> = {
  describe: ({ pool, vdev, about }) => `Create pool ${pool} on ${vdev}${about === '' ? '' : ` (${about})`}`,
  commands: (step) => [createPool(step)],
  apply: async ({ bench, pool, vdev, backing }, { runner, run }) => {
    // Somebody may have put a file system on it since it was chosen.
    if (backing === 'device') await noteUnfinishedPool(bench, pool, await recheckDisk(runner, vdev));
    await run();
  },
};
