import { LONG_MS } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** A copied ext4 gets a UUID of its own, or a machine with both could mount one in the place of the other. */
export interface Ext4Renew {
  kind: 'ext4.renew';
  device: string;
}

export const ext4Renew: Kind<Ext4Renew> = {
  describe: ({ device }) => `Check the file system on ${device} and give it a UUID of its own`,
  commands: ({ device }) => [
    // 1: it has mended something, such as the journal of a file system that was in use when it was copied.
    { argv: ['e2fsck', '-f', '-p', device], privileged: true, timeoutMs: LONG_MS, okExitCodes: [0, 1] },
    { argv: ['tune2fs', '-U', 'random', device], privileged: true, timeoutMs: LONG_MS },
  ],
};
