import { startUnits } from '../../host/systemd.js';
import type { Kind } from '../kind.js';

export interface SocketStart {
  kind: 'socket.start';
  unit: string;
  /** A path or an address. */
  listens: string;
}

export const socketStart: Kind<SocketStart> = {
  describe: ({ unit, listens }) => `Listen on ${listens} (${unit})`,
  commands: ({ unit }) => [startUnits([unit])],
};
