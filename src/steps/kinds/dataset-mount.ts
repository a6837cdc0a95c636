import { mountDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface DatasetMount {
  kind: 'dataset.mount';
  dataset: string;
  mountpoint: string;
}

export const datasetMount: Kind<DatasetMount> = {
  describe: ({ dataset, mountpoint }) => `Mount ${dataset} at ${mountpoint}`,
  commands: ({ dataset }) => [mountDataset(dataset)],
};
