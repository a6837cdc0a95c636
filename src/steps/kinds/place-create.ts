import { createDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** What only holds datasets of one sort. It is mounted nowhere, and holds no file. */
export interface PlaceCreate {
  kind: 'place.create';
  dataset: string;
}

export const placeCreate: Kind<PlaceCreate> = {
  describe: ({ dataset }) => `Create ${dataset}, which is mounted nowhere`,
  commands: ({ dataset }) => [createDataset(dataset, { canmount: 'off' })],
};
