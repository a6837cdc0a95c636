import type { BenchConfig } from '../config/config.js';
import { corruptionIn, MariaDbError } from '../mariadb/mariadb.js';
import { type Scratch, ScratchStartError } from '../scratch/scratch.js';
import type { VerdictKind, VerifyLevel } from '../snapshot/snapshot-orchestrator.js';
import {
  allTables,
  type CheckRow,
  checkStatement,
  damageIn,
  isElsewhere,
  readEnd,
  type Table,
} from './tables.js';

/** What a look into a snapshot has found. */
export interface Finding {
  verdict: VerdictKind;
  /** In MariaDB's words, one line each; none where all is well. */
  findings: string[];
  /** How many tables were read, and how many have nothing of theirs in the snapshot. */
  tables: number;
  elsewhere: number;
  /** How many of `[verify] sql` were answered as expected. */
  answers: number;
}

export interface Examination {
  level: VerifyLevel;
  sql: BenchConfig['verify']['sql'];
  /** Told after each table. */
  onTable?: (done: number, of: number) => void;
}

/** For one statement, milliseconds: `CHECK TABLE` of some hundred gigabytes; systemd ends the server some time. */
const CHECK_MS = 24 * 3_600_000;
/** For one question of `[verify] sql`, milliseconds. */
const QUESTION_MS = 10 * 60_000;
/** For all that is answered at once, milliseconds. */
const QUICK_MS = 60_000;
/** So much is told of a server that finds fault with every table. */
const MOST_FINDINGS = 50;

/** Looks into the server on a copy, table by table, and asks it what bench.toml wants to have asked. */
export async function examine(scratch: Scratch, examination: Examination): Promise<Finding> {
  const { level, sql } = examination;
  const atStart = corruptionIn(await scratch.log());
  const session = await scratch.connect('root', QUICK_MS);
  try {
    const all = await allTables(session);
    const tables = all.filter((table) => !isElsewhere(table));
    const findings = [...atStart];
    for (const [index, table] of tables.entries()) {
      const look = level === 'quick' ? () => readEnd(session, table, CHECK_MS) : () => check(table);
      findings.push(...(await damageOf(table, look, scratch)));
      examination.onTable?.(index + 1, tables.length);
    }
    const counts = { tables: tables.length, elsewhere: all.length - tables.length, answers: 0 };
    if (findings.length > 0)
      return { verdict: 'damaged', findings: findings.slice(0, MOST_FINDINGS), ...counts };
    const wrong = await wrongAnswers(scratch, sql);
    const verdict = wrong.length === 0 ? 'ok' : 'differs';
    return { verdict, findings: wrong, ...counts, answers: sql.length - wrong.length };
  } finally {
    await session.close();
  }

  async function check(table: Table): Promise<string[]> {
    return damageIn(
      await session.query<CheckRow & Record<string, unknown>>(checkStatement(table, level), [], CHECK_MS),
    );
  }
}

/**
 * What one look at a table finds. An error of the server's is damage, too: the table cannot be read. Where the server has
 * died of it, its log says why; where it does not, that was no damage, and the error goes on.
 */
async function damageOf(
  { database, name }: Table,
  look: () => Promise<string[]>,
  scratch: Scratch,
): Promise<string[]> {
  const told = (words: readonly string[]) => words.map((line) => `${database}.${name}: ${line}`);
  try {
    return told(await look());
  } catch (error) {
    if (!(error instanceof MariaDbError)) throw error;
    if (error.code === 'mariadb-statement-failed') return told([error.message]);
    const damage = corruptionIn(await scratch.log());
    if (damage.length === 0) throw error;
    throw new ServerDied(told(damage.length === 0 ? [error.message] : damage));
  }
}

/** The server has ended at a table, and its log says that this is damaged. */
export class ServerDied extends Error {
  constructor(readonly findings: readonly string[]) {
    super('MariaDB ended while it read a damaged table');
  }
}

/** What a failure of an examination says of the snapshot; undefined where it says nothing of it. */
export function findingOf(error: unknown): Finding | undefined {
  const nothing = { tables: 0, elsewhere: 0, answers: 0 };
  if (error instanceof ServerDied) return { verdict: 'damaged', findings: [...error.findings], ...nothing };
  if (error instanceof ScratchStartError && error.damage.length > 0)
    return { verdict: 'damaged', findings: error.damage.slice(0, MOST_FINDINGS), ...nothing };
  return undefined;
}

/** Asked by an account that may read tables and nothing else: bench.toml may be written by others than root. */
async function wrongAnswers(scratch: Scratch, sql: Examination['sql']): Promise<string[]> {
  if (sql.length === 0) return [];
  const session = await scratch.connect('reader', QUESTION_MS);
  try {
    const wrong: string[] = [];
    for (const { query, expect } of sql) {
      const answer = await session.texts(query).then(answerText, failedAnswer);
      if (answer !== expect) wrong.push(`${query}: ${answer === '' ? 'no row' : answer}, expected ${expect}`);
    }
    return wrong;
  } finally {
    await session.close();
  }
}

/** As `mariadb --batch --skip-column-names` prints it. */
export function answerText(rows: readonly (readonly (string | null)[])[]): string {
  return rows.map((row) => row.map((value) => value ?? 'NULL').join('\t')).join('\n');
}

function failedAnswer(error: unknown): string {
  if (error instanceof MariaDbError && error.code !== 'mariadb-connection-lost') return error.message;
  throw error;
}
