import { loadPlacedKey } from '../../keys/keys.js';
import { loadKey } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface KeyLoad {
  kind: 'key.load';
  root: string;
  /** Where the key lies. */
  file: string;
}

export const keyLoad: Kind<KeyLoad> = {
  describe: ({ root }) => `Load the key of ${root}`,
  commands: ({ root, file }) => [loadKey(root, file)],
  apply: ({ root, file }, { runner }) => loadPlacedKey(runner, root, file),
};
