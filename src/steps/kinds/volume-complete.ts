import { forgetUnfinishedVolume, VOLUME_MARK } from '../../registry/registry.js';
import { setProperties } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** The last step of everything that makes a volume: from here on it is one. */
export interface VolumeComplete {
  kind: 'volume.complete';
  dataset: string;
  /** How it came into being, where that does not stand there yet: in the same `zfs set`, which ZFS carries out as one. */
  madeBy?: 'import';
}

export const volumeComplete: Kind<VolumeComplete> = {
  describe: ({ dataset }) => `Mark ${dataset} as complete`,
  commands: ({ dataset, madeBy }) => [
    setProperties(dataset, {
      ...(madeBy === undefined ? {} : { [VOLUME_MARK.made]: madeBy }),
      [VOLUME_MARK.whole]: '1',
    }),
  ],
  apply: async ({ dataset }, { run }) => {
    await run();
    await forgetUnfinishedVolume(dataset);
  },
};
