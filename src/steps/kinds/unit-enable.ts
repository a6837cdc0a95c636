import { enableUnit } from '../../host/systemd.js';
import type { Kind } from '../kind.js';
import { syncBootLinks } from './boot-links.js';

export interface UnitEnable {
  kind: 'unit.enable';
  unit: string;
  /** False where another step has systemd read its files afterwards. */
  reload?: false;
}

export const unitEnable: Kind<UnitEnable> = {
  describe: ({ unit }) => `Start ${unit} at boot`,
  commands: ({ unit, reload }) => [enableUnit(unit, { reload })],
  apply: async (_, { run }) => {
    await run();
    await syncBootLinks();
  },
};
