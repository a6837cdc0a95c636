import { startUnits } from '../../host/systemd.js';
import type { Kind } from '../kind.js';

export interface TimerStart {
  kind: 'timer.start';
  unit: string;
}

export const timerStart: Kind<TimerStart> = {
  describe: ({ unit }) => `Start the timer ${unit}`,
  commands: ({ unit }) => [startUnits([unit])],
};
