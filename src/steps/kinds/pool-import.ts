import { importPool, type PoolToImport } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface PoolImport extends PoolToImport {
  kind: 'pool.import';
}

export const poolImport: Kind<PoolImport> = {
  describe: ({ pool }) => `Import pool ${pool}`,
  commands: (step) => [importPool(step)],
};
