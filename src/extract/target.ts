import { BenchError, BusyError, RefusedError } from '../errors.js';
import { identifier, MariaDbError, type Session, tableName } from '../mariadb/mariadb.js';
import { onOneLine } from '../printable.js';
import type { Source } from './source.js';

/**
 * The comment of a database that is being filled. It is the last thing that is taken away from it, so that one which was
 * cut off is told from a whole one, and may be dropped by the next run.
 */
const UNFINISHED = 'bench volume extract: not whole yet';

const ER_LOCK_WAIT_TIMEOUT = 1205;

/**
 * Makes an empty database in the live server, marked as unfinished. One that an earlier run has left so is dropped first.
 * @throws RefusedError `database-exists`
 */
export async function createTarget(session: Session, name: string, source: Source): Promise<void> {
  await refuseTaken(session, name);
  await dropUnfinished(session, name);
  // Names of character sets come from the server itself, and are nothing but letters, digits and underscores.
  await session.query(
    `CREATE DATABASE ${identifier(name)} CHARACTER SET ${identifier(source.characterSet)} ` +
      `COLLATE ${identifier(source.collation)} COMMENT '${UNFINISHED}'`,
  );
}

/** @throws RefusedError `database-exists` for any but one that an earlier run has left unfinished */
export async function refuseTaken(session: Session, name: string): Promise<void> {
  const comment = await commentOf(session, name);
  if (comment === undefined || comment === UNFINISHED) return;
  throw new RefusedError(
    'database-exists',
    `There is a database ${onOneLine(name)} already. Nothing was changed.`,
    { suggestions: ['Choose another name: --as NAME'] },
  );
}

/** Drops a database that was not finished, and no other. */
export async function dropUnfinished(session: Session, name: string): Promise<void> {
  if ((await commentOf(session, name)) === UNFINISHED)
    await session.query(`DROP DATABASE ${identifier(name)}`);
}

/** Says of it what it is: it is whole now. */
export async function finishTarget(session: Session, name: string, what: string): Promise<void> {
  await session.query(`ALTER DATABASE ${identifier(name)} COMMENT ?`, [what]);
}

async function commentOf(session: Session, name: string): Promise<string | undefined> {
  const [row] = await session.query<{ comment: string }>(
    'SELECT SCHEMA_COMMENT AS comment FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?',
    [name],
  );
  return row?.comment;
}

/**
 * A default such as NEXTVAL(`app`.`s`) names its database: in the new one it means the sequence beside it, and not that
 * of the live database.
 */
export async function moveDefaults(session: Session, from: string, to: string): Promise<void> {
  const columns = await session.query<{ table: string; column: string; value: string }>(
    `SELECT c.TABLE_NAME AS \`table\`, c.COLUMN_NAME AS \`column\`, c.COLUMN_DEFAULT AS value
     FROM information_schema.COLUMNS AS c JOIN information_schema.TABLES AS t USING (TABLE_SCHEMA, TABLE_NAME)
     WHERE c.TABLE_SCHEMA = ? AND t.TABLE_TYPE <> 'VIEW' AND c.COLUMN_DEFAULT LIKE '%nextval(%'`,
    [to],
  );
  for (const { table, column, value } of columns) {
    const moved = value.replaceAll(`nextval(${identifier(from)}.`, `nextval(${identifier(to)}.`);
    if (moved === value) continue;
    const head = `ALTER TABLE ${tableName(to, table)} ALTER COLUMN ${identifier(column)}`;
    await session.query(`${head} SET DEFAULT (${moved})`);
  }
}

/** What the live database holds of the tables that are to be replaced. */
export interface Replacement {
  database: string;
  /** Those that are there, and are kept under another name. */
  kept: string[];
  /** Those that are there no more. */
  added: string[];
}

/** The name that a table which is replaced goes on under. */
export function nameBefore(table: string): string {
  return `${table}__before`;
}

const LONGEST_NAME = 64;

/**
 * What speaks against replacing tables, found before anything is loaded. A table that foreign keys or triggers bind
 * cannot be exchanged in one statement: the keys of others would go on to mean the old one, and a trigger stays with it.
 * @throws RefusedError `database-gone`, `before-exists`, `table-bound`, `name-too-long`
 */
export async function planReplacement(live: Session, copy: Session, source: Source): Promise<Replacement> {
  const { database, tables } = source;
  if ((await commentOf(live, database)) === undefined) {
    throw new RefusedError(
      'database-gone',
      `The live MariaDB has no database ${onOneLine(database)} to replace anything in. Nothing was changed.`,
      {
        suggestions: [
          `Bring it back as a whole: --database ${onOneLine(database)} --as ${onOneLine(database)}`,
        ],
      },
    );
  }
  const present = (
    await live.query<{ name: string }>(
      'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
      [database],
    )
  ).map(({ name }) => name);
  const kept = tables.filter((table) => present.includes(table));
  const long = kept.filter((table) => [...nameBefore(table)].length > LONGEST_NAME);
  if (long.length > 0)
    throw refused('name-too-long', `${list(long)}: too long to be kept as T__before.`, database);
  const before = kept.filter((table) => present.includes(nameBefore(table)));
  if (before.length > 0) {
    throw new RefusedError(
      'before-exists',
      `An earlier replacement is still kept: ${list(before.map(nameBefore))}. That may be the only copy of what was live before it. Nothing was changed.`,
      {
        suggestions: [
          ...before.map((table) => {
            const kept = tableName(database, nameBefore(table));
            return `Look at it, and keep it under another name: RENAME TABLE ${kept} TO ${tableName(database, `${table}__kept`)}`;
          }),
          ...before.map(
            (table) =>
              `Or, when you know that nothing of it is needed: DROP TABLE ${tableName(database, nameBefore(table))}`,
          ),
        ],
      },
    );
  }
  const bound = [...new Set([...(await boundTables(live, source)), ...(await boundTables(copy, source))])];
  if (bound.length > 0)
    throw refused('table-bound', `Bound by foreign keys or triggers: ${list(bound)}.`, database);
  return { database, kept, added: tables.filter((table) => !present.includes(table)) };
}

/** Tables that cannot change places by being renamed. */
async function boundTables(session: Session, { database, tables }: Source): Promise<string[]> {
  if (tables.length === 0) return [];
  const rows = await session.query<{ name: string }>(
    `SELECT EVENT_OBJECT_TABLE AS name FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ?
     UNION SELECT TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ?
     UNION SELECT REFERENCED_TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA = ?`,
    [database, database, database],
  );
  return rows.map(({ name }) => name).filter((name) => tables.includes(name));
}

function refused(code: string, what: string, database: string): RefusedError {
  return new RefusedError(code, `${what} Nothing was changed.`, {
    suggestions: [
      `Bring it back beside the live one, and copy the rows that you want: --database ${onOneLine(database)} --as NAME`,
    ],
  });
}

function list(names: readonly string[]): string {
  return names.map(onOneLine).join(', ');
}

/**
 * Puts the tables of `from` in the place of the live ones, which go on as `T__before`: all of them in one statement,
 * which MariaDB does as a whole or not at all.
 * @throws BusyError `lock-timeout`: nothing was exchanged
 */
export async function exchange(
  session: Session,
  from: string,
  { database, kept, added }: Replacement,
  timeoutMs: number,
): Promise<void> {
  const away = kept.map(
    (table) => `${tableName(database, table)} TO ${tableName(database, nameBefore(table))}`,
  );
  const into = [...kept, ...added].map(
    (table) => `${tableName(from, table)} TO ${tableName(database, table)}`,
  );
  await session.query(`SET SESSION lock_wait_timeout = ${Math.max(1, Math.ceil(timeoutMs / 1000))}`);
  try {
    await session.query(`RENAME TABLE ${[...away, ...into].join(', ')}`);
  } catch (error) {
    if (!(error instanceof MariaDbError) || error.errno !== ER_LOCK_WAIT_TIMEOUT) throw error;
    throw new BusyError(
      'lock-timeout',
      `The tables of ${onOneLine(database)} are in use, and could not be exchanged within ${timeoutMs / 1000} s. ` +
        'They are as they were.',
      { suggestions: ['Close the site, or try again when less is going on.'] },
    );
  }
}

/** Drops what tables were loaded into, once they have left it. */
export async function dropEmptied(session: Session, name: string): Promise<void> {
  const [row] = await session.query<{ count: number | string }>(
    'SELECT COUNT(*) AS count FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
    [name],
  );
  if (Number(row?.count) > 0)
    throw new BenchError(
      'extract-incomplete',
      `${onOneLine(name)} still holds tables that were not exchanged.`,
    );
  await dropUnfinished(session, name);
}
