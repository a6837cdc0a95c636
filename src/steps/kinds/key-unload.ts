import { removePlacedKey } from '../../keys/keys.js';
import { unloadKey } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface KeyUnload {
  kind: 'key.unload';
  root: string;
  /** Where it lies, from where it goes as well. */
  file: string;
  isLoaded: boolean;
}

export const keyUnload: Kind<KeyUnload> = {
  describe: ({ root }) => `Unload the key of ${root}, and remove it from memory`,
  commands: ({ root, isLoaded }) => (isLoaded ? [unloadKey(root)] : []),
  apply: async ({ file }, { run }) => {
    await run();
    await removePlacedKey(file);
  },
};
