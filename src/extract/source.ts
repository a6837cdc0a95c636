import { UsageError } from '../errors.js';
import { identifier, type Session, tableName } from '../mariadb/mariadb.js';
import { onOneLine } from '../printable.js';

/** A database, or some tables of it, as a snapshot holds it. */
export interface Source {
  database: string;
  characterSet: string;
  collation: string;
  /** Tables and sequences that are brought back. */
  tables: string[];
  /** Whether that is everything that the database holds. */
  isWhole: boolean;
  /** Data and indexes, bytes, as the server counts them. */
  sizeBytes: number;
}

/** They belong to the server, not to the bench. */
const OF_THE_SERVER = ['mysql', 'sys', 'information_schema', 'performance_schema'];

/**
 * Finds what is asked for in the copy of a snapshot.
 * @param named tables; all where none are named
 * @throws UsageError `database-missing`, `table-missing`, `database-of-server`
 */
export async function findSource(
  session: Session,
  database: string,
  named: readonly string[],
): Promise<Source> {
  if (OF_THE_SERVER.includes(database.toLowerCase())) {
    throw new UsageError(
      'database-of-server',
      `${database} belongs to MariaDB itself; it comes back with a restore only. Nothing was changed.`,
      { suggestions: ['bench volume restore-snapshot --help'] },
    );
  }
  const databases = await session.query<{ name: string; characterSet: string; collation: string }>(
    `SELECT SCHEMA_NAME AS name, DEFAULT_CHARACTER_SET_NAME AS characterSet, DEFAULT_COLLATION_NAME AS collation
     FROM information_schema.SCHEMATA`,
  );
  const found = databases.find(({ name }) => name === database);
  if (found === undefined) {
    const others = databases.map(({ name }) => name).filter((name) => !OF_THE_SERVER.includes(name));
    throw new UsageError(
      'database-missing',
      `The snapshot holds no database ${onOneLine(database)}. Nothing was changed.`,
      { suggestions: [`It holds: ${others.map(onOneLine).join(', ') || 'none'}`] },
    );
  }
  const all = await session.query<{ name: string; sizeBytes: number | string }>(
    `SELECT TABLE_NAME AS name, COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0) AS sizeBytes
     FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'VIEW' ORDER BY TABLE_NAME`,
    [database],
  );
  const missing = named.filter((name) => !all.some((table) => table.name === name));
  if (missing.length > 0) {
    throw new UsageError(
      'table-missing',
      `${onOneLine(database)} of the snapshot has no table ${missing.map(onOneLine).join(', ')}. Nothing was changed.`,
      { suggestions: [`It has: ${someOf(all.map(({ name }) => name))}`] },
    );
  }
  const isWhole = named.length === 0;
  const wanted = isWhole ? all.map(({ name }) => name) : await withSequences(session, database, named);
  const chosen = all.filter(({ name }) => wanted.includes(name));
  return {
    database,
    characterSet: found.characterSet,
    collation: found.collation,
    tables: chosen.map(({ name }) => name),
    isWhole,
    sizeBytes: chosen.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0),
  };
}

const MOST_NAMES = 20;

function someOf(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, MOST_NAMES).map(onOneLine).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

/** A column that takes its default from a sequence of the same database needs that, too. */
async function withSequences(
  session: Session,
  database: string,
  tables: readonly string[],
): Promise<string[]> {
  const sequences = await session.query<{ name: string }>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'SEQUENCE'`,
    [database],
  );
  const defaults = await session.query<{ value: string }>(
    'SELECT COLUMN_DEFAULT AS value FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME IN (?) AND COLUMN_DEFAULT IS NOT NULL',
    [database, tables],
  );
  const used = sequences.filter(({ name }) =>
    defaults.some(({ value }) => value.includes(tableName(database, name))),
  );
  return [...new Set([...tables, ...used.map(({ name }) => name)])];
}

/** Who a view, trigger, routine or event was made by, and what it is. */
export interface Defined {
  kind: 'view' | 'trigger' | 'routine' | 'event';
  name: string;
  /** `user@host`. */
  definer: string;
}

/**
 * What is defined by an account that a server does not have: such a view cannot be read or made there, such a trigger
 * fails. A role has no host, and is left out.
 */
export async function orphansOf(source: Session, database: string, server: Session): Promise<Defined[]> {
  const rows = await server.query<{ account: string }>(
    "SELECT CONCAT(User, '@', Host) AS account FROM mysql.user",
  );
  const accounts = new Set(rows.map(({ account }) => account));
  const defined = await definedIn(source, database);
  return defined.filter(({ definer }) => definer.includes('@') && !accounts.has(definer));
}

/** Makes the accounts on the copy that something was defined by and that are gone: without them a view cannot be read. */
export async function makeDefiners(copy: Session, database: string): Promise<void> {
  const gone = await orphansOf(copy, database, copy);
  for (const definer of new Set(gone.map((each) => each.definer))) {
    const account = accountText(definer);
    await copy.query(`CREATE USER IF NOT EXISTS ${account} ACCOUNT LOCK`);
    await copy.query(`GRANT ALL PRIVILEGES ON *.* TO ${account}`);
  }
}

function definedIn(session: Session, database: string): Promise<Defined[]> {
  return session.query<Defined & Record<string, unknown>>(
    `SELECT 'view' AS kind, TABLE_NAME AS name, DEFINER AS definer FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?
     UNION ALL SELECT 'trigger', TRIGGER_NAME, DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?
     UNION ALL SELECT 'routine', ROUTINE_NAME, DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?
     UNION ALL SELECT 'event', EVENT_NAME, DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?`,
    [database, database, database, database],
  );
}

/** `user@host` as a statement has it; the name of a user may hold an at sign, that of a host cannot. */
function accountText(definer: string): string {
  const at = definer.lastIndexOf('@');
  return `${identifier(definer.slice(0, at))}@${identifier(definer.slice(at + 1))}`;
}

/**
 * Lets views whose maker is gone be asked with the rights of whoever asks: in the live server, where that account is not
 * made again, they could not even be made.
 */
export async function freeViews(copy: Session, database: string, names: readonly string[]): Promise<void> {
  const views = await copy.query<{ name: string; definition: string }>(
    `SELECT TABLE_NAME AS name, VIEW_DEFINITION AS definition FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?`,
    [database],
  );
  for (const { name, definition } of views.filter((view) => names.includes(view.name))) {
    const head = `ALTER DEFINER = CURRENT_USER SQL SECURITY INVOKER VIEW ${tableName(database, name)}`;
    await copy.query(`${head} AS ${definition}`);
  }
}

/** A second event of the same kind in the live server would do everything twice. Returns their names. */
export async function disableEvents(session: Session, database: string): Promise<string[]> {
  const events = await session.query<{ name: string }>(
    "SELECT EVENT_NAME AS name FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ? AND STATUS = 'ENABLED'",
    [database],
  );
  for (const { name } of events) await session.query(`ALTER EVENT ${tableName(database, name)} DISABLE`);
  return events.map(({ name }) => name);
}
