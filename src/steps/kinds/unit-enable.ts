import { enableUnit } from '../../host/systemd.js';
import type { Kind } from '../kind.js';

export interface UnitEnable {
  kind: 'unit.enable';
  unit: string;
}

export const unitEnable: Kind<UnitEnable> = {
  describe: ({ unit }) => `Start ${unit} at boot`,
  commands: ({ unit }) => [enableUnit(unit)],
};
