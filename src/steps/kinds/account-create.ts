import { ANSWER_TIMEOUT_MS, ensureAccounts } from '../../mariadb/mariadb.js';
import type { Kind } from '../kind.js';

export interface AccountCreate {
  kind: 'account.create';
  operators: readonly string[];
  socketPath: string;
}

export const accountCreate: Kind<AccountCreate> = {
  describe: ({ operators }) =>
    `Create the MariaDB account of ${operators.join(', ')} (by unix_socket, with RELOAD and PROCESS)`,
  commands: () => [],
  apply: async ({ operators, socketPath }, { report }) => {
    // A server of old that wants a password of root gets no account; its bench is complete all the same.
    if (await ensureAccounts({ socketPath, timeoutMs: ANSWER_TIMEOUT_MS }, operators)) return;
    report(`MariaDB does not let root in by ${socketPath}: no account for ${operators.join(', ')}`);
  },
};
