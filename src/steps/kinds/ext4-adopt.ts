import { open } from 'node:fs/promises';
import { VolumeError } from '../../errors.js';
import { CommandError } from '../../host/exec.js';
import { VOLUME_MARK } from '../../registry/registry.js';
import { LONG_MS, setProperties } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';
import { ext4Renew } from './ext4-renew.js';

/**
 * An image that was copied may be one ext4 file system from its first byte on: then it gets a UUID of its own, as every
 * copy does, the size of its volume, and the volume is known as what it is.
 */
export interface Ext4Adopt {
  kind: 'ext4.adopt';
  dataset: string;
  device: string;
}

export const ext4Adopt: Kind<Ext4Adopt> = {
  describe: ({ device }) =>
    `Where ${device} holds an ext4 file system: check it, give it a UUID of its own, and the size of its volume`,
  commands: ({ dataset, device }) => [
    ...ext4Renew.commands({ kind: 'ext4.renew', device }),
    { argv: ['resize2fs', device], privileged: true, timeoutMs: LONG_MS },
    setProperties(dataset, { [VOLUME_MARK.format]: 'ext4' }),
  ],
  apply: async ({ device }, { run }) => {
    if (!(await holdsExt4(device))) return;
    await run().catch((cause: unknown) => {
      if (!(cause instanceof CommandError) || cause.result.argv.includes('zfs')) throw cause;
      throw new VolumeError('image-damaged', 'The ext4 file system in the image is damaged.', {
        command: cause.result.argv,
        stderr: cause.result.stderr || cause.result.stdout,
        suggestions: ['Take it as it is, and mend it on the volume: --format raw'],
        cause,
      });
    });
  },
};

const SUPERBLOCK_MAGIC = 1024 + 56;

async function holdsExt4(device: string): Promise<boolean> {
  const handle = await open(device, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, SUPERBLOCK_MAGIC);
    return bytesRead === 2 && buffer.readUInt16LE(0) === 0xef53;
  } finally {
    await handle.close();
  }
}
