import { LONG_MS } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** Only on a zvol that has just been made: it holds nothing, and mke2fs(8) would ask where it did. */
export interface Ext4Make {
  kind: 'ext4.make';
  device: string;
}

export const ext4Make: Kind<Ext4Make> = {
  describe: ({ device }) => `Make an ext4 file system on ${device}`,
  commands: ({ device }) => [{ argv: ['mkfs.ext4', '-q', device], privileged: true, timeoutMs: LONG_MS }],
};
