import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';

/** Long enough for those that are at work before: each of them is done in seconds. */
const TIMEOUT_MS = 120_000;

/**
 * Alone in the registry of one pool: what is found free is still free when it is recorded. Below /run, as it means
 * nothing after a restart; a process that outlives a killed bench keeps it until it ends.
 * @throws BusyError `busy`
 */
export function withPoolLock<T>(
  pool: string,
  host: Runner,
  purpose: string,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  const lock = { path: `/run/bench/pool-${pool}.lock`, timeoutMs: TIMEOUT_MS, purpose };
  return withLock(lock, (held) => work(holding(host, held)));
}
