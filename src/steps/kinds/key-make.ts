import type { KeySource } from '../../config/config.js';
import { formatKeySource } from '../../config/key-source.js';
import { loadedKeyFile, newKey, placeKey, type Secret, writeStoredKey } from '../../keys/keys.js';
import type { Kind } from '../kind.js';

/** A new key, which lies where it belongs for good before anything is encrypted with it. */
export interface KeyMake {
  kind: 'key.make';
  source: KeySource;
  passphrase: Secret | undefined;
}

export const keyMake: Kind<KeyMake> = {
  describe: ({ source }) => `Make a key of 256 bits and keep it as ${formatKeySource(source)}`,
  commands: () => [],
  apply: async ({ source, passphrase }, { runner }) => {
    const key = newKey();
    await writeStoredKey(source, key, { runner, passphrase });
    await placeKey(key, loadedKeyFile(source));
  },
};
