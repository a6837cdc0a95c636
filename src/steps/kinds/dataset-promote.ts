import { promoteDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface DatasetPromote {
  kind: 'dataset.promote';
  dataset: string;
}

export const datasetPromote: Kind<DatasetPromote> = {
  describe: ({ dataset }) => `Give ${dataset} the snapshots that it shares with its origin`,
  commands: ({ dataset }) => [promoteDataset(dataset)],
};
