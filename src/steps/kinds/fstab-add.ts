import { appendToBytes, bindLine, readFstabBytes } from '../../host/fstab.js';
import { replaceFstab, verifyBothFstabs } from '../../host/fstab-replace.js';
import type { Kind } from '../kind.js';

export interface FstabAdd {
  kind: 'fstab.add';
  source: string;
  target: string;
  /** Of the mount itself, such as `ro`. */
  flags?: readonly string[];
}

export const fstabAdd: Kind<FstabAdd> = {
  describe: ({ target }) => `Add ${target} to /etc/fstab`,
  commands: verifyBothFstabs,
  apply: async ({ source, target, flags }, { run }) => {
    const line = bindLine(source, target, flags);
    await replaceFstab(appendToBytes(await readFstabBytes(), line), `the line '${line}'`, run);
  },
};
