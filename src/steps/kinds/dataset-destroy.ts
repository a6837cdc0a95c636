import { VolumeError } from '../../errors.js';
import { forgetUnfinishedVolume } from '../../registry/registry.js';
import { destroyDataset, isThere, lookFor } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** For good, with its snapshots: whoever plans it has shown what it is and was told to go on, or it never was whole. */
export interface DatasetDestroy {
  kind: 'dataset.destroy';
  dataset: string;
}

export const datasetDestroy: Kind<DatasetDestroy> = {
  describe: ({ dataset }) => `Destroy ${dataset}`,
  commands: ({ dataset }) => [destroyDataset(dataset)],
  apply: async ({ dataset }, { run, runner }) => {
    await run();
    // A destroy that said it was done and was not would be believed by everything that follows.
    if (await isThere(runner, dataset))
      throw new VolumeError('destroy-failed', `zfs reported success, but ${dataset} is still there.`, {
        command: lookFor(dataset).argv,
        suggestions: [`zfs destroy -n -v -r ${dataset}`],
      });
    // What somebody else brings in by this name is theirs.
    await forgetUnfinishedVolume(dataset);
  },
};
