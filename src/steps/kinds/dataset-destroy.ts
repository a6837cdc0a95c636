import { VolumeError } from '../../errors.js';
import { destroyDataset, isMissingDataset } from '../../zfs/zfs.js';
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
    const look = { argv: ['zfs', 'list', '-H', '-o', 'name', dataset] as const };
    const isThere = await runner.run(look).then(
      () => true,
      (error: unknown) => {
        if (isMissingDataset(error)) return false;
        throw error;
      },
    );
    if (isThere)
      throw new VolumeError('destroy-failed', `zfs reported success, but ${dataset} is still there.`, {
        command: look.argv,
        suggestions: [`zfs destroy -n -v -r ${dataset}`],
      });
  },
};
