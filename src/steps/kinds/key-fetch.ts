import type { KeySource } from '../../config/config.js';
import { formatKeySource } from '../../config/key-source.js';
import { fetchKey, loadedKeyFile, type Secret } from '../../keys/keys.js';
import type { Kind } from '../kind.js';

/** Brings a key from where it lies for good to where ZFS reads it. */
export interface KeyFetch {
  kind: 'key.fetch';
  source: KeySource;
  /** What it has to open; undefined where there is none yet. */
  root: string | undefined;
  passphrase: Secret | undefined;
}

export const keyFetch: Kind<KeyFetch> = {
  describe: ({ source }) => `Fetch the key ${formatKeySource(source)} to ${loadedKeyFile(source)}`,
  commands: () => [],
  apply: ({ source, root, passphrase }, { runner }) => fetchKey(source, root, { runner, passphrase }),
};
