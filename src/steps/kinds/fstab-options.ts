import { addOptionsToBytes, readFstabBytes } from '../../host/fstab.js';
import { replaceFstab, verifyBothFstabs } from '../../host/fstab-replace.js';
import type { Kind } from '../kind.js';

export interface FstabOptions {
  kind: 'fstab.options';
  source: string;
  target: string;
  /** Those that its line lacks. */
  options: readonly string[];
}

export const fstabOptions: Kind<FstabOptions> = {
  describe: ({ target, options }) => `Give ${target} in /etc/fstab its options back: ${options.join(', ')}`,
  commands: verifyBothFstabs,
  apply: async ({ source, target, options }, { run }) => {
    const content = addOptionsToBytes(await readFstabBytes(), source, target);
    await replaceFstab(content, `${options.join(',')} on the line of ${target}`, run);
  },
};
