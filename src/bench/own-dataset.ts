import type { BenchConfig } from '../config/config.js';
import { RefusedError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type Dataset, findDataset } from '../zfs/zfs.js';

/**
 * The dataset of the bench, which carries its mark: nothing else is ever snapshotted, rolled back or changed.
 * @throws VolumeError `dataset-missing`, RefusedError `dataset-not-ours`
 */
export async function requireOwnDataset(config: BenchConfig, runner: Runner): Promise<Dataset> {
  const { dataset, pool } = config.volume;
  const found = await findDataset(runner, dataset);
  if (found === undefined) {
    throw new VolumeError(
      'dataset-missing',
      `There is no dataset ${dataset}: the bench is not set up, or its pool is missing.`,
      {
        suggestions: [
          `zpool list ${pool}`,
          `bench volume status -b ${config.name}`,
          `bench init -b ${config.name}`,
        ],
      },
    );
  }
  if (found.bench !== config.name) {
    throw new RefusedError(
      'dataset-not-ours',
      `Dataset ${dataset} does not carry the mark of the bench '${config.name}'.`,
      {
        suggestions: [`zfs get bench:name ${dataset}`],
      },
    );
  }
  return found;
}
