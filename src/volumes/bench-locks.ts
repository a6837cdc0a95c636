import { openBench, refuseUnfinishedRestore } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { benchLock, HOST_LOCK } from '../host/paths.js';

/** Many may ask at once, and each is done in seconds. */
const TIMEOUT_MS = 120_000;

/**
 * Alone on a bench and with what benches share (fstab), in the order in which `bench init` takes these locks.
 * @param work gets bench.toml as it is by then: who had the locks before has changed it
 * @throws BusyError `busy`; RefusedError `restore-unfinished`
 */
export function withBenchLocks<T>(
  bench: string,
  host: Runner,
  purpose: string,
  work: (runner: Runner, config: BenchConfig) => Promise<T>,
): Promise<T> {
  // Else bench's own working directory could keep a volume busy.
  process.chdir('/');
  return withLock({ path: HOST_LOCK, timeoutMs: TIMEOUT_MS, purpose }, (outer) =>
    withLock({ path: benchLock(bench), timeoutMs: TIMEOUT_MS, purpose }, async (inner) => {
      await refuseUnfinishedRestore(bench);
      return work(holding(holding(host, outer), inner), await openBench({ bench, guess: false }));
    }),
  );
}
