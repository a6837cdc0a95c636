import { findBlockers, lockTimeout, type QuiesceMethod } from './blockers.js';
import { MariaDbError } from './errors.js';
import { lazyConnect } from './lazy-connect.js';
import {
  type Connect,
  type ConnectOptions,
  type ServerVersion,
  type Session,
  serverVersion,
} from './session.js';

export type { QuiesceMethod } from './blockers.js';
export type LockMode = 'auto' | 'backup-stage' | 'read-lock';

export interface QuiesceOptions extends ConnectOptions {
  lock: LockMode;
  /** Milliseconds for all of it until the lock is had: connecting, asking, waiting. */
  timeoutMs: number;
  /**
   * Milliseconds (whole seconds count) after which the server takes the lock back by itself: what a bench that was
   * stopped in the middle leaves must not hold up the site. Default one minute; more than `during` may ever take.
   */
  holdLimitMs?: number;
}

export interface Quiesced<T> {
  value: T;
  quiesce: QuiesceMethod;
  /** From the first lock statement until the lock was had, in milliseconds. */
  lockWaitMs: number;
  /** From then until it was given back, in milliseconds: for so long commits waited. */
  lockHeldMs: number;
}

const HOLD_LIMIT_MS = 60_000;
/** Behind the server's own timeout, which leaves a connection that can still be asked; in milliseconds. */
const GRACE_MS = 500;
/** For giving the lock back, and for asking who stood in its way; in milliseconds. */
const RELEASE_MS = 10_000;
const BLOCKERS_MS = 2000;

const ER_LOCK_WAIT_TIMEOUT = 1205;
const ER_STATEMENT_TIMEOUT = 1969;
const ER_BACKUP_NOT_RUNNING = 4146;

const LOCK: Record<QuiesceMethod, readonly string[]> = {
  'backup-stage': ['BACKUP STAGE START', 'BACKUP STAGE BLOCK_COMMIT'],
  'read-lock': ['FLUSH TABLES WITH READ LOCK'],
};
const UNLOCK: Record<QuiesceMethod, string> = {
  'backup-stage': 'BACKUP STAGE END',
  'read-lock': 'UNLOCK TABLES',
};

/**
 * Runs `during` while no transaction can commit (SPEC section 6). The lock belongs to one dedicated connection and
 * ends with it, whatever happens to bench. Nothing is ever killed.
 * `during` is told the method, and the connection's descriptor: the process that it starts inherits that, so that the
 * lock outlasts a bench which is killed meanwhile until what was begun under it is done.
 *
 * Throws `BusyError` `lock-timeout` when the lock was not had in time (it is given up before), `MariaDbError` when
 * the server cannot be asked, `MariaDbError` `mariadb-not-quiesced` when the lock was lost while `during` ran (what
 * it made exists, and is not consistent), and whatever `during` throws, after the release.
 */
export async function quiesced<T>(
  o: QuiesceOptions,
  during: (method: QuiesceMethod, connectionFd: number | undefined) => Promise<T>,
  connect: Connect = lazyConnect,
): Promise<Quiesced<T>> {
  const deadline = performance.now() + o.timeoutMs;
  const session = await connect(o);
  try {
    const method = methodFor(o.lock, await serverVersion(session));
    if (method === 'read-lock') await refuseBesideLongWriters(session, o.timeoutMs);
    const started = performance.now();
    await acquire(session, method, o, deadline, connect);
    const locked = performance.now();
    const value = await during(method, session.fd).catch(async (error: unknown) => {
      await giveUp(session, method);
      throw error;
    });
    await release(session, method);
    return {
      value,
      quiesce: method,
      lockWaitMs: Math.round(locked - started),
      lockHeldMs: Math.round(performance.now() - locked),
    };
  } finally {
    // Ends the connection in every case, and with it whatever lock may be left.
    await session.close();
  }
}

/** `auto` takes the backup stages where the server has them: they came with 10.4. */
export function methodFor(lock: LockMode, version: ServerVersion): QuiesceMethod {
  const hasStages = version.major > 10 || (version.major === 10 && version.minor >= 4);
  if (lock === 'read-lock' || (lock === 'auto' && !hasStages)) return 'read-lock';
  if (hasStages) return 'backup-stage';
  throw new MariaDbError(
    'mariadb-statement-failed',
    `lock = "backup-stage" needs MariaDB 10.4 or newer; this is ${version.text}`,
    { suggestions: ['Set lock = "auto" in [snapshot] of bench.toml.'] },
  );
}

/**
 * Takes the lock. The limits hold on both sides: the server's `max_statement_time` (to the millisecond; it ends a
 * waiting BACKUP STAGE or FLUSH, and `lock_wait_timeout` knows whole seconds only), and ours, for a server that
 * has stopped answering at all.
 */
async function acquire(
  session: Session,
  method: QuiesceMethod,
  o: QuiesceOptions,
  deadline: number,
  connect: Connect,
): Promise<void> {
  try {
    for (const statement of LOCK[method]) {
      // The server takes zero for no limit.
      const leftMs = Math.max(1, deadline - performance.now());
      const limits = [
        `lock_wait_timeout = ${Math.ceil(leftMs / 1000)}`,
        `max_statement_time = ${(leftMs / 1000).toFixed(3)}`,
        `wait_timeout = ${Math.max(1, Math.ceil((o.holdLimitMs ?? HOLD_LIMIT_MS) / 1000))}`,
      ];
      await session.query(`SET SESSION ${limits.join(', ')}`, [], leftMs + GRACE_MS);
      await session.query(statement, [], leftMs + GRACE_MS);
    }
    // What follows must not run into the limit of the waiting.
    await session.query('SET SESSION max_statement_time = 0', [], RELEASE_MS);
  } catch (error) {
    await giveUp(session, method);
    throw await reason(error, session, method, o, connect);
  }
}

/** Gives the lock back, and so proves that it was held until now: a session that had lost it cannot. */
async function release(session: Session, method: QuiesceMethod): Promise<void> {
  try {
    await session.query(UNLOCK[method], [], RELEASE_MS);
  } catch (error) {
    session.destroy();
    throw new MariaDbError(
      'mariadb-not-quiesced',
      'MariaDB could not confirm that it held the lock until the end, so what was made under it is not known to ' +
        `be consistent: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
        suggestions: ["See the instance's journal: was it restarted, or the connection killed?"],
      },
    );
  }
}

/** Gives back whatever has been had of the lock; cutting the connection is the way that works in every state. */
async function giveUp(session: Session, method: QuiesceMethod): Promise<void> {
  await session
    .query('SET SESSION max_statement_time = 0', [], BLOCKERS_MS)
    .then(() => session.query(UNLOCK[method], [], BLOCKERS_MS))
    .catch((error: unknown) => {
      // END without START (4146) says that nothing was held. Everything else is no release.
      if (!(error instanceof MariaDbError) || error.errno !== ER_BACKUP_NOT_RUNNING) session.destroy();
    });
}

/** A read lock that waits blocks every write of the site behind it: then it is not even tried. */
async function refuseBesideLongWriters(session: Session, timeoutMs: number): Promise<void> {
  const writers = await findBlockers(session, 'read-lock');
  const long = writers.filter((writer) => writer.seconds * 1000 > timeoutMs);
  if (long.length > 0) throw lockTimeout('read-lock', timeoutMs, long, { tried: false });
}

/**
 * Why the lock was not had. Asked over the same connection where it still answers: there may be no second one to be
 * had. A server that missed even our own deadline, and does not answer a second connection either, is not busy but
 * hung: then the answer is the error itself.
 */
async function reason(
  error: unknown,
  session: Session,
  method: QuiesceMethod,
  o: QuiesceOptions,
  connect: Connect,
): Promise<unknown> {
  if (!(error instanceof MariaDbError)) return error;
  if (error.errno === ER_LOCK_WAIT_TIMEOUT || error.errno === ER_STATEMENT_TIMEOUT) {
    return lockTimeout(method, o.timeoutMs, await findBlockers(session, method).catch(() => []));
  }
  if (error.code !== 'mariadb-timeout') return error;
  try {
    const second = await connect({ ...o, timeoutMs: BLOCKERS_MS });
    const blockers = await findBlockers(second, method).finally(() => second.close());
    return lockTimeout(method, o.timeoutMs, blockers);
  } catch {
    return error;
  }
}
