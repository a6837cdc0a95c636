import { daemonReload } from '../../host/systemd.js';
import type { Kind } from '../kind.js';

export interface SystemdReload {
  kind: 'systemd.reload';
}

export const systemdReload: Kind<SystemdReload> = {
  describe: () => 'Reload systemd',
  commands: () => [daemonReload()],
};
