import { formatSize } from '../../config/size.js';
import { makeNoted } from '../../registry/registry.js';
import { createZvol, type NewZvol } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface ZvolCreate extends NewZvol {
  kind: 'zvol.create';
}

export const zvolCreate: Kind<ZvolCreate> = {
  describe: ({ zvol, sizeBytes }) => `Create the block volume ${zvol} of ${formatSize(sizeBytes)}`,
  commands: (step) => [createZvol(step)],
  apply: ({ zvol }, { run, runner }) => makeNoted(zvol, runner, run),
};
