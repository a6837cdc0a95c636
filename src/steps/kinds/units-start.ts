import { rm } from 'node:fs/promises';
import { startUnits } from '../../host/systemd.js';
import type { Kind } from '../kind.js';

export interface UnitsStart {
  kind: 'units.start';
  units: readonly string[];
  /** What `units.stop` has written. */
  note: string;
}

export const unitsStart: Kind<UnitsStart> = {
  describe: ({ units }) => `Start ${units.join(', ')}`,
  commands: ({ units }) => [startUnits(units)],
  apply: async ({ note }, { run }) => {
    await run();
    await rm(note, { force: true });
  },
};
