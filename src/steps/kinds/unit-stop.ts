import { stopUnits } from '../../host/systemd.js';
import type { Kind } from '../kind.js';

export interface UnitStop {
  kind: 'unit.stop';
  unit: string;
  reason: string;
}

export const unitStop: Kind<UnitStop> = {
  describe: ({ unit, reason }) => `Stop ${unit} (${reason})`,
  commands: ({ unit }) => [stopUnits([unit])],
};
