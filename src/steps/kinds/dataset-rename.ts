import { renameDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface DatasetRename {
  kind: 'dataset.rename';
  from: string;
  to: string;
}

export const datasetRename: Kind<DatasetRename> = {
  describe: ({ from, to }) => `Rename ${from} to ${to}`,
  commands: ({ from, to }) => [renameDataset(from, to)],
};
