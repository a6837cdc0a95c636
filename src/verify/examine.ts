import type { BenchConfig } from '../config/config.js';
import { VolumeError } from '../errors.js';
import { corruptionIn, MariaDbError } from '../mariadb/mariadb.js';
import { onOneLine } from '../printable.js';
import { refuseNoRoom, type Scratch, ScratchStartError } from '../scratch/scratch.js';
import type { VerdictKind, VerifyLevel } from '../snapshot/snapshot-orchestrator.js';
import {
  allTables,
  type CheckRow,
  checkStatement,
  damageIn,
  isElsewhere,
  isGivenUp,
  readEnd,
  saysGivenUp,
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

/**
 * Looks into the server on a copy, table by table, and asks it what bench.toml wants to have asked.
 * @throws VolumeError `check-given-up`, `no-space-scratch` and others where nothing can be said of the copy
 */
export async function examine(scratch: Scratch, examination: Examination): Promise<Finding> {
  const { level, sql } = examination;
  const atStart = await damageSaid(scratch);
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
    if (findings.length > 0) {
      refuseNoRoom([...findings, await scratch.log()].join('\n'));
      return { verdict: 'damaged', findings: findings.slice(0, MOST_FINDINGS), ...counts };
    }
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

/** What the server's log says of damage. Without room it says the same of files that are whole. */
async function damageSaid(scratch: Scratch): Promise<string[]> {
  const log = await scratch.log();
  const damage = corruptionIn(log);
  if (damage.length > 0) refuseNoRoom(log);
  return damage;
}

/**
 * What one look at a table finds. An error of the server's is damage, too: the table cannot be read. One that says only
 * that the look was broken off says nothing of the table. Where the server has died of it, its log says why; where it
 * does not, that was no damage, and the error goes on.
 */
async function damageOf(
  { database, name }: Table,
  look: () => Promise<string[]>,
  scratch: Scratch,
): Promise<string[]> {
  const told = (words: readonly string[]) => words.map((line) => `${database}.${name}: ${line}`);
  try {
    const words = await look();
    if (saysGivenUp(words)) throw givenUp(told(words));
    return told(words);
  } catch (error) {
    if (!(error instanceof MariaDbError)) throw error;
    if (error.code === 'mariadb-statement-failed') {
      if (isGivenUp(error.errno)) throw givenUp(told([error.message]), error);
      return told([error.message]);
    }
    const damage = await damageSaid(scratch);
    if (damage.length === 0) throw error;
    throw new ServerDied(told(damage));
  }
}

function givenUp(words: readonly string[], cause?: unknown): VolumeError {
  return new VolumeError(
    'check-given-up',
    `MariaDB gave up before it had an answer, so nothing can be said of the snapshot, and nothing was recorded: ${onOneLine(words.join('; '))}`,
    {
      suggestions: ['Run it again. What the server has said: journalctl -t mariadbd -n 100'],
      cause,
    },
  );
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

/** What cannot be asked is a wrong answer; what was not answered in time is none. */
function failedAnswer(error: unknown): string {
  if (!(error instanceof MariaDbError)) throw error;
  const { code, errno, message } = error;
  if (code === 'mariadb-connection-lost' || code === 'mariadb-timeout') throw error;
  refuseNoRoom(message);
  if (isGivenUp(errno)) throw givenUp([message], error);
  return message;
}
