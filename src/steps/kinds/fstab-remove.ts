import { FSTAB, readFstabBytes, removeFromBytes } from '../../host/fstab.js';
import { replaceFile } from '../../host/records.js';
import type { Kind } from '../kind.js';

export interface FstabRemove {
  kind: 'fstab.remove';
  source: string;
  target: string;
}

export const fstabRemove: Kind<FstabRemove> = {
  describe: ({ target }) => `Remove ${target} from /etc/fstab`,
  commands: () => [],
  apply: async ({ source, target }) => {
    const before = await readFstabBytes();
    const after = removeFromBytes(before, source, target);
    if (!after.equals(before)) await replaceFile(FSTAB, after);
  },
};
