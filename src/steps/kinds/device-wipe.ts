import { contentsSummary, type DiskContents, refuseChangedDisk, wipeCommands } from '../../disks/disks.js';
import type { Kind } from '../kind.js';

export interface DeviceWipe {
  kind: 'device.wipe';
  device: string;
  /** What was shown and agreed to be lost. */
  contents: DiskContents;
}

export const deviceWipe: Kind<DeviceWipe> = {
  describe: ({ device, contents }) => `Clear ${device} for good: ${contentsSummary(contents)}`,
  commands: ({ contents }) => wipeCommands(contents),
  apply: async ({ device, contents }, { runner, run }) => {
    // What was shown and agreed to, and nothing else.
    await refuseChangedDisk(runner, device, contents);
    await run();
  },
};
