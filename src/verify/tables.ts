import { identifier, type Session, tableName } from '../mariadb/mariadb.js';
import type { VerifyLevel } from '../snapshot/snapshot-orchestrator.js';

export interface Table {
  database: string;
  name: string;
  /** Null for a table that MariaDB cannot open. */
  engine: string | null;
}

/** Their rows lie elsewhere, or nowhere: there is nothing of them in a snapshot. */
const ELSEWHERE = [
  'FEDERATED',
  'SPIDER',
  'CONNECT',
  'S3',
  'BLACKHOLE',
  'MEMORY',
  'MRG_MYISAM',
  'OQGRAPH',
  'SPHINX',
];

export function isElsewhere({ engine }: Table): boolean {
  return engine !== null && ELSEWHERE.includes(engine.toUpperCase());
}

/** Every table of the server, its own included; no views, which are not damaged but outlive what they show. */
export async function allTables(session: Session): Promise<Table[]> {
  return session.query<Table & Record<string, unknown>>(
    `SELECT TABLE_SCHEMA AS \`database\`, TABLE_NAME AS name, ENGINE AS engine FROM information_schema.TABLES
     WHERE TABLE_TYPE NOT IN ('VIEW', 'SYSTEM VIEW') AND TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema')
     ORDER BY TABLE_SCHEMA, TABLE_NAME`,
  );
}

/** A row of `CHECK TABLE`. */
export interface CheckRow {
  Msg_type: string;
  Msg_text: string;
}

/**
 * What is wrong with a table by `CHECK TABLE`, in MariaDB's words; nothing where it is whole. The last row says which: an
 * engine that cannot check says so in a note, and a table that an upgrade has to rebuild is no damaged one. Pure.
 */
export function damageIn(rows: readonly CheckRow[]): string[] {
  const isBad = rows.some(({ Msg_type: type, Msg_text: text }) =>
    /^error$/i.test(type)
      ? !/upgrade required|rebuild required/i.test(text)
      : /^Operation failed$/i.test(text),
  );
  return isBad ? rows.map(({ Msg_text: text }) => text) : [];
}

/** Of statements that were given up: by KILL, after a wait for a lock, after the time that a statement may take. */
const GIVEN_UP = [1317, 1205, 1969, 3024];
const GIVEN_UP_TEXT = /\bquery (?:execution )?was interrupted\b|\block wait timeout exceeded\b/i;

/** Whether an error says that a statement was broken off, and so nothing of what it read. Pure. */
export function isGivenUp(errno: number | undefined): boolean {
  return errno !== undefined && GIVEN_UP.includes(errno);
}

/** The same of what `CHECK TABLE` has said, which puts it into a row. Pure. */
export function saysGivenUp(words: readonly string[]): boolean {
  return words.some((text) => GIVEN_UP_TEXT.test(text));
}

export function checkStatement({ database, name }: Table, level: VerifyLevel): string {
  return `CHECK TABLE ${tableName(database, name)}${level === 'extended' ? ' EXTENDED' : ''}`;
}

/**
 * Reads the last row of a table by its primary key, or the first one where it has none; all columns of it, of which only
 * a number comes back.
 * @returns nothing: what is wrong is thrown
 */
export async function readEnd(session: Session, table: Table, timeoutMs: number): Promise<string[]> {
  const name = tableName(table.database, table.name);
  const [key] = await session.query<{ column: string }>(
    `SELECT COLUMN_NAME AS \`column\` FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' AND SEQ_IN_INDEX = 1`,
    [table.database, table.name],
  );
  const end = key === undefined ? '' : ` FORCE INDEX (PRIMARY) ORDER BY ${identifier(key.column)} DESC`;
  await session.query(
    `SELECT COUNT(*) FROM (SELECT * FROM ${name}${end} LIMIT 1) AS last_row`,
    [],
    timeoutMs,
  );
  return [];
}
