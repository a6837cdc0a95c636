import type { KeySource } from '../../config/config.js';
import {
  type EscrowWish,
  exportKey,
  newKey,
  pendingKeyFile,
  type Secret,
  writeStoredKey,
} from '../../keys/keys.js';
import type { Kind } from '../kind.js';

/** A new key beside the one in force, and a copy of it elsewhere: ZFS knows nothing of it yet. */
export interface KeyStage {
  kind: 'key.stage';
  bench: string;
  source: KeySource;
  passphrase: Secret | undefined;
  wish: EscrowWish;
}

export const keyStage: Kind<KeyStage> = {
  describe: ({ source, wish }) =>
    `Make a new key of 256 bits, keep it as ${pendingKeyFile(source)}${wish.kind === 'none' ? '' : ` and export it to ${wish.path}`}`,
  commands: () => [],
  apply: async ({ bench, source, passphrase, wish }, { runner }) => {
    const key = newKey();
    await writeStoredKey(source, key, { runner, passphrase, pending: true });
    if (wish.kind === 'file') await exportKey(bench, key, wish.path, wish.readers);
  },
};
