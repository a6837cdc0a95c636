import { startUnits } from '../../host/systemd.js';
import { KEY_DIRECTORY, KEY_MOUNT_UNIT } from '../../keys/keys.js';
import type { Kind } from '../kind.js';

/** Memory that is never swapped, for keys that are loaded. */
export interface KeysMount {
  kind: 'keys.mount';
}

export const keysMount: Kind<KeysMount> = {
  describe: () => `Mount memory that is never swapped at ${KEY_DIRECTORY}, for keys that are loaded`,
  commands: () => [startUnits([KEY_MOUNT_UNIT])],
};
