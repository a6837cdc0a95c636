import { LONG_MS } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** Lets an ext4 take up its device as it is now; nothing happens where it does already. */
export interface Ext4Grow {
  kind: 'ext4.grow';
  device: string;
  /** Where this host has it mounted: then it grows in use; else it is checked first, as resize2fs(8) wants it. */
  mountedAt: string | undefined;
}

export const ext4Grow: Kind<Ext4Grow> = {
  describe: ({ device, mountedAt }) =>
    `Grow the file system on ${device}${mountedAt === undefined ? '' : `, which is mounted at ${mountedAt}`}`,
  commands: ({ device, mountedAt }) => [
    ...(mountedAt === undefined
      ? [
          {
            argv: ['e2fsck', '-f', '-p', device] as const,
            privileged: true,
            timeoutMs: LONG_MS,
            okExitCodes: [0, 1],
          },
        ]
      : []),
    { argv: ['resize2fs', device], privileged: true, timeoutMs: LONG_MS },
  ],
};
