import { BenchError, type ErrorDetails } from '../errors.js';

/**
 * What can go wrong between bench and a MariaDB server:
 * - `mariadb-unreachable`: no server behind the socket (missing, refused, no permission on it);
 * - `mariadb-access-denied`: the server knows the account not, or not for this operating system user;
 * - `mariadb-too-many-connections`: max_connections, or a limit of this account, is used up;
 * - `mariadb-timeout`: the server accepted and then did not answer in time (hung, stopped, overloaded);
 * - `mariadb-connection-lost`: the connection ended while something was expected from it;
 * - `mariadb-statement-failed`: the server answered with any other error;
 * - `mariadb-not-quiesced`: the lock was gone before it was given back, so what was done under it is not consistent.
 */
export type MariaDbErrorCode =
  | 'mariadb-unreachable'
  | 'mariadb-access-denied'
  | 'mariadb-too-many-connections'
  | 'mariadb-timeout'
  | 'mariadb-connection-lost'
  | 'mariadb-statement-failed'
  | 'mariadb-not-quiesced';

/** A failure of, or on the way to, a MariaDB server: exit 1. */
export class MariaDbError extends BenchError {
  /** The server's own error number (1045, 1205, …) where it gave one. */
  readonly errno: number | undefined;

  constructor(
    override readonly code: MariaDbErrorCode,
    message: string,
    details: ErrorDetails & { errno?: number | undefined } = {},
  ) {
    super(code, message, details);
    this.errno = details.errno;
  }
}
