import { disableUnit } from '../../host/systemd.js';
import type { Kind } from '../kind.js';
import { syncBootLinks } from './boot-links.js';

export interface UnitDisable {
  kind: 'unit.disable';
  unit: string;
  reason: string;
  /** Another step reloads systemd. */
  noReload?: true;
}

export const unitDisable: Kind<UnitDisable> = {
  describe: ({ unit, reason }) => `Disable ${unit} (${reason})`,
  commands: ({ unit, noReload }) => [disableUnit(unit, { reload: noReload === undefined })],
  apply: async (_, { run }) => {
    await run();
    await syncBootLinks();
  },
};
