import { inheritProperty } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** Takes marks away. */
export interface DatasetInherit {
  kind: 'dataset.inherit';
  dataset: string;
  properties: readonly string[];
}

export const datasetInherit: Kind<DatasetInherit> = {
  describe: ({ dataset, properties }) => `Take ${properties.join(' and ')} from ${dataset}`,
  commands: ({ dataset, properties }) => properties.map((property) => inheritProperty(dataset, property)),
};
