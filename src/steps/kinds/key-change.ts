import type { KeySource } from '../../config/config.js';
import { VolumeError } from '../../errors.js';
import {
  loadedKeyFile,
  opensRoot,
  placedKey,
  placeKey,
  readStoredKey,
  type Secret,
} from '../../keys/keys.js';
import { changeKey, testKey } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** Has ZFS wrap the data's own key with the new one, and proves that it takes it. */
export interface KeyChange {
  kind: 'key.change';
  root: string;
  source: KeySource;
  passphrase: Secret | undefined;
}

export const keyChange: Kind<KeyChange> = {
  describe: ({ root }) => `Change the key of ${root}, and prove that the new one opens it`,
  commands: ({ root, source }) => [changeKey(root), testKey(root, loadedKeyFile(source))],
  apply: async ({ root, source, passphrase }, { runner, commands }) => {
    const file = loadedKeyFile(source);
    const old = await placedKey(file);
    await placeKey(await readStoredKey(source, { runner, passphrase, pending: true }), file);
    try {
      for (const command of commands.slice(0, 1)) await runner.run(command);
    } catch (error) {
      if (old !== undefined) await placeKey(old, file);
      throw error;
    }
    if (await opensRoot(runner, root, file)) return;
    throw new VolumeError(
      'key-not-proven',
      `zfs change-key reported success, but the new key does not open ${root}. Both keys are kept.`,
      { suggestions: [`zfs load-key -n ${root}`, 'Leave it mounted, and bring the data to another bench.'] },
    );
  },
};
