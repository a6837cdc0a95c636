import { BusyError } from '../errors.js';
import type { Session } from './session.js';

export type QuiesceMethod = 'backup-stage' | 'read-lock';

/** A connection of somebody else that our lock has to wait for. */
export interface Blocker {
  id: number;
  user: string;
  /** Seconds since its statement began, or, when it is idle, since it became so. */
  seconds: number;
  /** The statement on one line, cut to {@link STATEMENT_LENGTH} characters; for an idle connection what it holds. */
  statement: string;
}

const STATEMENT_LENGTH = 100;

interface ProcessRow {
  id: number | string;
  user: string;
  command: string;
  seconds: number | string;
  info: string | null;
}

/**
 * Who stands in the way of the lock, longest first. Exact, idle holders included, where the plugin
 * METADATA_LOCK_INFO is loaded (see `instanceConfig`); otherwise every running statement that is not a plain read.
 */
export async function findBlockers(session: Session, method: QuiesceMethod): Promise<Blocker[]> {
  return lockHolders(session, method).catch(() => runningWriters(session));
}

/**
 * The metadata locks of the server's own backup lock which make each method wait (all seen on 11.8). The backup
 * stages pass by transactional writes and by the copying phase of ALTER TABLE, and meet each other; the read lock
 * waits for every write and does not mind the stages.
 */
function standsInTheWay(method: QuiesceMethod, mode: string): boolean {
  return method === 'backup-stage'
    ? mode !== 'MDL_BACKUP_TRANS_DML' &&
        mode !== 'MDL_BACKUP_ALTER_COPY' &&
        !mode.startsWith('MDL_BACKUP_FTWRL')
    : /_(DML|DDL|ALTER_COPY|COMMIT)$/.test(mode) && !/_(WAIT|BLOCK)_/.test(mode);
}

async function lockHolders(session: Session, method: QuiesceMethod): Promise<Blocker[]> {
  const locks = await session.query<{ id: number | string; type: string; mode: string; name: string }>(
    `SELECT THREAD_ID AS id, LOCK_TYPE AS type, LOCK_MODE AS mode,
       CONCAT_WS('.', NULLIF(TABLE_SCHEMA, ''), NULLIF(TABLE_NAME, '')) AS name
     FROM information_schema.METADATA_LOCK_INFO WHERE THREAD_ID <> CONNECTION_ID()`,
  );
  const holders = new Set(
    locks
      .filter((lock) => lock.type === 'Backup lock' && standsInTheWay(method, lock.mode))
      .map((lock) => Number(lock.id)),
  );
  if (holders.size === 0) return [];
  return (await processes(session))
    .filter((row) => holders.has(Number(row.id)))
    .map((row) => {
      const held = locks.filter((lock) => Number(lock.id) === Number(row.id)).map((lock) => lock.name);
      const tables = [...new Set(held.filter((name) => name.includes('.')))].join(', ');
      return blocker(
        row,
        row.info ?? `(idle, holds ${tables === '' ? 'a backup lock' : `locks on ${tables}`})`,
      );
    });
}

async function runningWriters(session: Session): Promise<Blocker[]> {
  return (await processes(session))
    .filter((row) => (row.command === 'Query' || row.command === 'Execute') && !isPlainRead(row.info))
    .map((row) => blocker(row, row.info ?? `(${row.command})`));
}

/** The connections of clients, ours excepted; the server's own threads are nothing anybody could end. */
async function processes(session: Session): Promise<ProcessRow[]> {
  return session.query<ProcessRow>(
    `SELECT ID AS id, USER AS user, COMMAND AS command, TIME_MS / 1000 AS seconds, LEFT(INFO, 4000) AS info
     FROM information_schema.PROCESSLIST
     WHERE ID <> CONNECTION_ID() AND USER NOT IN ('system user', 'event_scheduler', 'unauthenticated user')
     ORDER BY TIME_MS DESC`,
  );
}

function blocker(row: ProcessRow, statement: string): Blocker {
  return {
    id: Number(row.id),
    user: row.user,
    seconds: Math.round(Number(row.seconds) * 10) / 10,
    statement: oneLine(statement),
  };
}

/** A read that takes no lock a snapshot would wait for. Whatever is not known to be one counts as a write. */
export function isPlainRead(statement: string | null): boolean {
  if (statement === null) return false;
  // Leading blanks, brackets and comments say nothing; a comment with `!` is executed.
  const text = statement.replace(/^(?:\s|\(|\/\*(?!M?!)[\s\S]*?\*\/|--\s.*\n|#.*\n)+/, '').toUpperCase();
  if (/^(SHOW|DESC|DESCRIBE|EXPLAIN|KILL|USE)\b/.test(text)) return true;
  if (!/^(SELECT|WITH|VALUES|TABLE)\b/.test(text)) return false;
  return !/\bFOR\s+UPDATE\b|\bLOCK\s+IN\s+SHARE\s+MODE\b|\b(INSERT|UPDATE|DELETE|REPLACE)\b/.test(text);
}

/** A statement as one line of at most {@link STATEMENT_LENGTH} characters, without control characters. */
export function oneLine(statement: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const line = statement.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  const chars = [...line];
  return chars.length <= STATEMENT_LENGTH ? line : `${chars.slice(0, STATEMENT_LENGTH - 1).join('')}…`;
}

/** Exit 4, naming who stood in the way. No lock is held any more when it is thrown. */
export function lockTimeout(
  method: QuiesceMethod,
  timeoutMs: number,
  blockers: readonly Blocker[],
  { tried = true }: { tried?: boolean } = {},
): BusyError {
  const seconds = timeoutMs / 1000;
  const what = tried
    ? `MariaDB did not grant the ${method} lock within ${seconds} s, and it was given up.`
    : `The ${method} lock was not tried: waiting for what has run longer than ${seconds} s would block the site.`;
  const list = blockers
    .map((b) => `\n  connection ${b.id} (${b.user}), ${b.seconds} s: ${b.statement}`)
    .join('');
  const who = list === '' ? ' Nobody who stands in the way is to be seen any more.' : ` In the way:${list}`;
  return new BusyError('lock-timeout', `${what} No lock is held, nothing was changed.${who}`, {
    suggestions: [
      'Try again when that is done, or give it more time: lock_timeout in [snapshot] of bench.toml.',
      ...(tried ? [] : ['lock = "auto" does not wait for running writes.']),
    ],
  });
}
