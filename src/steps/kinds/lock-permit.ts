import { permitUsers } from '../../host/acl.js';
import type { Kind } from '../kind.js';

export interface LockPermit {
  kind: 'lock.permit';
  file: string;
  operators: readonly string[];
}

export const lockPermit: Kind<LockPermit> = {
  describe: ({ file, operators }) => `Let only ${['root', ...operators].join(', ')} take the lock ${file}`,
  commands: ({ file, operators }) => [permitUsers(file, operators)],
};
