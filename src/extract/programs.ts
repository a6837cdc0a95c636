import type { Command } from '../host/exec.js';
import { ROOT_ACCOUNT } from '../scratch/scratch.js';

/** A database may take hours. */
const LONG_MS = 24 * 3_600_000;
/** The widest row that a server can have. */
const WIDEST = '--max-allowed-packet=1073741824';

export interface DumpOptions {
  socketPath: string;
  database: string;
  /** All of the database's, with its routines and events, where none are named. */
  tables?: readonly string[];
  /** Without triggers, routines, events: the tables alone. */
  isBare?: boolean;
}

/**
 * The statements that make tables and all that belongs to them anew (mariadb-dump(1)). Nothing of them drops or locks
 * what is there, and there are no comments, in which a name with a newline could begin a statement.
 */
export function dumpCommand({ socketPath, database, tables = [], isBare = false }: DumpOptions): Command {
  const whole = isBare ? 'skip-' : '';
  return {
    argv: [
      'mariadb-dump',
      '--no-defaults',
      `--socket=${socketPath}`,
      `--user=${ROOT_ACCOUNT}`,
      '--default-character-set=utf8mb4',
      WIDEST,
      '--quick',
      '--skip-comments',
      '--skip-lock-tables',
      '--skip-add-locks',
      '--skip-add-drop-table',
      '--loose-dump-history',
      `--${whole}triggers`,
      ...(tables.length > 0 ? [] : [`--${whole}routines`, `--${whole}events`]),
      '--',
      database,
      ...tables,
    ],
    privileged: true,
    timeoutMs: LONG_MS,
  };
}

/**
 * Runs what a dump says in a database of another server. `--binary-mode` leaves bytes as they are, and knows none of the
 * client's own commands: a table may be called like one that starts a shell.
 */
export function loadCommand(socketPath: string, database: string, pipedFrom: Command): Command {
  return {
    argv: [
      'mariadb',
      '--no-defaults',
      `--socket=${socketPath}`,
      '--default-character-set=utf8mb4',
      WIDEST,
      '--binary-mode',
      // What an older server has made need not be what a newer one would.
      '--init-command=SET SESSION max_statement_time = 0, innodb_strict_mode = OFF',
      `--database=${database}`,
    ],
    privileged: true,
    timeoutMs: LONG_MS,
    pipedFrom,
  };
}
