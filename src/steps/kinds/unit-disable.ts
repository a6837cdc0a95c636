import { disableUnit } from '../../host/systemd.js';
import type { Kind } from '../kind.js';

export interface UnitDisable {
  kind: 'unit.disable';
  unit: string;
  reason: string;
}

export const unitDisable: Kind<UnitDisable> = {
  describe: ({ unit, reason }) => `Disable ${unit} (${reason})`,
  commands: ({ unit }) => [disableUnit(unit)],
};
