import { forgetUnfinishedVolume, VOLUME_MARK } from '../../registry/registry.js';
import { setProperties } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** The last step of everything that makes a volume: from here on it is one. */
export interface VolumeComplete {
  kind: 'volume.complete';
  dataset: string;
}

export const volumeComplete: Kind<VolumeComplete> = {
  describe: ({ dataset }) => `Mark ${dataset} as complete`,
  commands: ({ dataset }) => [setProperties(dataset, { [VOLUME_MARK.whole]: '1' })],
  apply: async ({ dataset }, { run }) => {
    await run();
    await forgetUnfinishedVolume(dataset);
  },
};
