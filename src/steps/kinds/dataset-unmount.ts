import { readMounts } from '../../host/mounts.js';
import { unmountDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface DatasetUnmount {
  kind: 'dataset.unmount';
  dataset: string;
}

export const datasetUnmount: Kind<DatasetUnmount> = {
  describe: ({ dataset }) => `Unmount ${dataset}`,
  commands: ({ dataset }) => [unmountDataset(dataset)],
  apply: async ({ dataset }, { run }) => {
    if ((await readMounts()).some(({ source, root }) => source === dataset && root === '/')) await run();
  },
};
