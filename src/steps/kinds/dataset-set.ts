import { setProperties } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface DatasetSet {
  kind: 'dataset.set';
  dataset: string;
  properties: Readonly<Record<string, string>>;
}

export const datasetSet: Kind<DatasetSet> = {
  describe: ({ dataset, properties }) => {
    const pairs = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
    return `Set ${pairs.join(' ')} on ${dataset}`;
  },
  commands: ({ dataset, properties }) => [setProperties(dataset, properties)],
};
