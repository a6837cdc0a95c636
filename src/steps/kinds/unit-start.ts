import { startUnits } from '../../host/systemd.js';
import { ANSWER_TIMEOUT_MS, loadClient, waitUntilAnswering } from '../../mariadb/mariadb.js';
import type { Kind } from '../kind.js';

/** Of the bench's MariaDB. */
export interface UnitStart {
  kind: 'unit.start';
  unit: string;
  socketPath: string;
}

export const unitStart: Kind<UnitStart> = {
  describe: ({ unit }) => `Start ${unit} and wait until it answers`,
  commands: ({ unit }) => [startUnits([unit])],
  apply: async ({ socketPath }, { run }) => {
    // What asks it is loaded meanwhile.
    await Promise.all([run(), loadClient()]);
    await waitUntilAnswering({ socketPath, timeoutMs: ANSWER_TIMEOUT_MS });
  },
};
