import type { KeySource } from '../../config/config.js';
import { BenchError } from '../../errors.js';
import {
  type EscrowWish,
  encodeEscrow,
  escrowOf,
  exportKey,
  fingerprint,
  forgetExport,
  loadedKeyFile,
  placedKey,
} from '../../keys/keys.js';
import { KEY_MARK, setProperties } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** Puts a copy of the key away, and records that on what it opens; or records that nobody wanted one. */
export interface KeyEscrow {
  kind: 'key.escrow';
  bench: string;
  /** Everything that the key opens. */
  datasets: readonly string[];
  source: KeySource;
  wish: EscrowWish;
}

export const keyEscrow: Kind<KeyEscrow> = {
  describe: ({ wish, datasets }) =>
    wish.kind === 'none'
      ? `Record that there is no copy of the key of ${datasets.join(', ')}`
      : `Export the key to ${wish.path}, for ${readersOf(wish)}`,
  commands: () => [],
  apply: async ({ bench, datasets, source, wish }, { runner }) => {
    const key = await placedKey(loadedKeyFile(source));
    if (key === undefined)
      throw new BenchError('key-missing', `The key is not at ${loadedKeyFile(source)} any more.`, {
        suggestions: ['Run the same command again.'],
      });
    if (wish.kind === 'file') await exportKey(bench, key, wish.path, wish.readers);
    const escrow = escrowOf(fingerprint(key), wish.kind === 'file' ? wish.readers : undefined, new Date());
    const properties = { [KEY_MARK.key]: fingerprint(key), [KEY_MARK.escrow]: encodeEscrow(escrow) };
    for (const dataset of datasets) await runner.run(setProperties(dataset, properties));
    await forgetExport(bench);
  },
};

function readersOf({ readers }: EscrowWish & { kind: 'file' }): string {
  if (readers.kind === 'passphrase') return 'whoever has the passphrase';
  const { length } = readers.recipients;
  return length === 1 ? 'one recipient' : `${length} recipients`;
}
