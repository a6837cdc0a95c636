import { json, replaceFile } from '../../host/records.js';
import { stopUnits } from '../../host/systemd.js';
import type { Kind } from '../kind.js';

export interface UnitsStop {
  kind: 'units.stop';
  units: readonly string[];
  /** Written to `note`: these, and those that an init before has stopped. */
  stopped: readonly string[];
  note: string;
}

export const unitsStop: Kind<UnitsStop> = {
  describe: ({ units }) => `Stop ${units.join(', ')} (files of the bench are about to be copied)`,
  commands: ({ units }) => [stopUnits(units)],
  apply: async ({ stopped, note }, { run }) => {
    await replaceFile(note, json({ units: stopped }));
    await run();
  },
};
