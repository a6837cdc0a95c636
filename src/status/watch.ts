import { setTimeout as sleep } from 'node:timers/promises';
import { poolSuspended, suspendedPools } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { measureIo, type PoolIo, type Snapshot } from '../zfs/zfs.js';
import { readStatus } from './read-status.js';
import type { Status } from './report.js';
import { watchedSnapshots } from './watched-snapshots.js';

/** What is known of a bench that is being watched; undefined while it has not been read. */
export interface Seen {
  status: Status | undefined;
  /** Newest first. */
  snapshots: readonly Snapshot[];
  io: PoolIo | undefined;
  /** Why the last look failed; what was seen before it stays. */
  failure: BenchError | undefined;
  /** Milliseconds since 1970: the last look that came to its end. */
  readAt: number | undefined;
}

export const NOTHING_SEEN: Seen = {
  status: undefined,
  snapshots: [],
  io: undefined,
  failure: undefined,
  readAt: undefined,
};

/** Between the end of a look and the next: what is slow is not asked more often. In milliseconds. */
const PAUSE_MS = 2000;

/**
 * Looks at a bench again and again until the signal. A look that hangs holds up nothing but the next one. Nothing is
 * asked of a pool that is suspended: whoever asks may wait without end.
 * @param see told what was found, each time
 * @param pauseMs between the end of a look and the next
 */
export async function watchBench(
  config: BenchConfig,
  runner: Runner,
  see: (found: Partial<Seen>) => void,
  signal: AbortSignal,
  pauseMs = PAUSE_MS,
): Promise<void> {
  const { pool } = config.volume;
  const lookAtSnapshots = watchedSnapshots(runner);
  const readVolume = async (): Promise<Partial<Seen>> => {
    const status = await readStatus(config, runner);
    return { status, snapshots: await lookAtSnapshots(status), failure: undefined, readAt: Date.now() };
  };
  const readIo = async (): Promise<Partial<Seen>> => ({
    // A pool that has gone is told by the status.
    io: await measureIo(runner, pool).catch(ignoreFailure),
  });
  const repeat = async (look: () => Promise<Partial<Seen>>) => {
    while (!signal.aborted) {
      const isSuspended = (await suspendedPools()).includes(pool);
      const found = isSuspended
        ? { failure: poolSuspended(pool), readAt: Date.now() }
        : await look().catch(told);
      if (!signal.aborted) see(found);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  };
  await Promise.all([repeat(readVolume), repeat(readIo)]);
}

function told(error: unknown): Partial<Seen> {
  if (!(error instanceof BenchError)) throw error;
  return { failure: error, readAt: Date.now() };
}

function ignoreFailure(error: unknown): undefined {
  if (!(error instanceof BenchError)) throw error;
}
