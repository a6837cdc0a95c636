import { UsageError } from '../errors.js';
import { userName } from '../names.js';
import { MariaDbError } from './errors.js';
import { lazyConnect } from './lazy-connect.js';
import type { Connect, ConnectOptions, Session } from './session.js';

/**
 * - `ready`: the account is there with what snapshots need;
 * - `missing`: it is not there, or lacks a privilege;
 * - `foreign`: there is one of that name with another way to log in, which bench does not touch.
 */
export type AccountState = 'ready' | 'missing' | 'foreign';

/** The state of each operator's account, in the order asked for. */
export async function accountStates(session: Session, operators: readonly string[]): Promise<AccountState[]> {
  if (operators.length === 0) return [];
  // In MariaDB 10.4 and later a view, before that the table itself.
  const rows = await session.query<{ user: string; plugin: string; asWhom: string; granted: string }>(
    `SELECT User AS user, plugin, authentication_string AS asWhom, CONCAT(Reload_priv, Process_priv) AS granted
     FROM mysql.user WHERE Host = 'localhost' AND User IN (?)`,
    [operators],
  );
  return operators.map((operator) => {
    const row = rows.find(({ user }) => user === operator);
    if (row === undefined) return 'missing';
    if (row.plugin !== 'unix_socket' || (row.asWhom ?? '') !== '') return 'foreign';
    return row.granted === 'YY' ? 'ready' : 'missing';
  });
}

/**
 * The account of an operator, with only what snapshots need (SPEC section 4): RELOAD for the lock, PROCESS to name
 * who stands in its way. It has no password: the server believes the operating system (`unix_socket`).
 * Running them again changes nothing.
 */
export function accountStatements(operator: string): string[] {
  const wrong = userName(operator);
  // Checked here once more: the name becomes part of a statement. What passes needs no quoting.
  if (wrong !== undefined) throw new UsageError('operator-invalid', `The operator ${operator}: ${wrong}.`);
  const account = `'${operator}'@'localhost'`;
  return [
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED VIA unix_socket`,
    `GRANT RELOAD, PROCESS ON *.* TO ${account}`,
  ];
}

/**
 * Makes the accounts that are missing; a foreign one is left alone.
 * @returns false where the server does not let root in by its socket, as one with a password of old
 */
export async function ensureAccounts(
  options: ConnectOptions,
  operators: readonly string[],
  connect: Connect = lazyConnect,
): Promise<boolean> {
  let session: Session;
  try {
    session = await connect(options);
  } catch (error) {
    if (error instanceof MariaDbError && error.code === 'mariadb-access-denied') return false;
    throw error;
  }
  try {
    const states = await accountStates(session, operators);
    for (const operator of operators.filter((_, index) => states[index] === 'missing'))
      for (const statement of accountStatements(operator)) await session.query(statement);
    return true;
  } finally {
    await session.close();
  }
}
