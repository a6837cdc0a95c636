import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { benchLock } from '../host/paths.js';

/**
 * Works while nothing else changes this bench; what the work starts keeps the lock, should bench be killed.
 * @param purpose the command, for whoever has to wait
 * @throws BusyError `busy` where the lock is not had within snapshot.lock_timeout; then the work has not begun
 */
export function aloneOn<T>(
  { name, snapshot }: Pick<BenchConfig, 'name' | 'snapshot'>,
  host: Runner,
  purpose: string,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  const lock = { path: benchLock(name), timeoutMs: snapshot.lockTimeoutMs, purpose };
  return withLock(lock, (held) => work(holding(host, held)));
}
