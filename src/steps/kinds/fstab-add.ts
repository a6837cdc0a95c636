import { appendToBytes, bindLine, readFstabBytes } from '../../host/fstab.js';
import { replaceFstab, verifyBothFstabs } from '../../host/fstab-replace.js';
import type { Kind } from '../kind.js';

export interface FstabAdd {
  kind: 'fstab.add';
  source: string;
  target: string;
}

export const fstabAdd: Kind<FstabAdd> = {
  describe: ({ target }) => `Add ${target} to /etc/fstab`,
  commands: verifyBothFstabs,
  apply: async ({ source, target }, { run }) => {
    const line = bindLine(source, target);
    await replaceFstab(appendToBytes(await readFstabBytes(), line), `the line '${line}'`, run);
  },
};
