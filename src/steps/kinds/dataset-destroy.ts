import { VolumeError } from '../../errors.js';
import { destroyDataset, findDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** A dataset with its snapshots. Fails for one with clones or holds; who plans it has looked before. */
export interface DatasetDestroy {
  kind: 'dataset.destroy';
  dataset: string;
}

export const datasetDestroy: Kind<DatasetDestroy> = {
  describe: ({ dataset }) => `Destroy ${dataset} with its snapshots`,
  commands: ({ dataset }) => [destroyDataset(dataset)],
  apply: async ({ dataset }, { run, runner }) => {
    await run();
    if ((await findDataset(runner, dataset)) !== undefined)
      throw new VolumeError('still-there', `zfs reported success, but ${dataset} is still there.`, {
        suggestions: [`zfs list -t all -r ${dataset}`],
      });
  },
};
