import { noteUnfinishedDataset } from '../../bench/bench.js';
import { createDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface DatasetCreate {
  kind: 'dataset.create';
  dataset: string;
  properties: Readonly<Record<string, string>>;
  bench: string;
}

export const datasetCreate: Kind<DatasetCreate> = {
  describe: ({ dataset }) => `Create dataset ${dataset}`,
  commands: ({ dataset, properties }) => [createDataset(dataset, properties)],
  apply: async ({ bench, dataset }, { run }) => {
    await noteUnfinishedDataset(bench, dataset);
    await run();
  },
};
