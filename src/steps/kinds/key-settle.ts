import type { KeySource } from '../../config/config.js';
import {
  commitPendingKey,
  encodeEscrow,
  escrowOf,
  fetchKey,
  fingerprint,
  forgetExport,
  loadedKeyFile,
  notedEscrow,
  placedKey,
  type Secret,
} from '../../keys/keys.js';
import { KEY_MARK, setProperties } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** The new key is in force: that is recorded, and it takes the place of the old one. */
export interface KeySettle {
  kind: 'key.settle';
  bench: string;
  root: string;
  /** Everything that it opens. */
  datasets: readonly string[];
  source: KeySource;
  passphrase: Secret | undefined;
}

export const keySettle: Kind<KeySettle> = {
  describe: ({ datasets }) => `Let the new key take the place of the old one, for ${datasets.join(', ')}`,
  commands: () => [],
  apply: async ({ bench, root, datasets, source, passphrase }, { runner }) => {
    await fetchKey(source, root, { runner, passphrase });
    const key = fingerprint((await placedKey(loadedKeyFile(source))) ?? new Uint8Array());
    // Of a copy that was made of it; where none was, that stands on its dataset.
    const escrow = (await notedEscrow(bench, key)) ?? escrowOf(key, undefined, new Date());
    const properties = { [KEY_MARK.key]: key, [KEY_MARK.escrow]: encodeEscrow(escrow) };
    for (const dataset of datasets) await runner.run(setProperties(dataset, properties));
    await commitPendingKey(source);
    await forgetExport(bench);
  },
};
