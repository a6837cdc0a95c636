import { setTimeout as sleep } from 'node:timers/promises';
import { MariaDbError } from './errors.js';
import { lazyConnect } from './lazy-connect.js';
import type { Connect, ConnectOptions } from './session.js';

/** After `Type=notify` said ready, the socket answers at once; the rest is for a machine under load. */
export const ANSWER_TIMEOUT_MS = 60_000;

/** Longest wait for one attempt, in milliseconds: a hung attempt must not use up the whole time. */
const ATTEMPT_MS = 5000;
const PAUSE_MS = 100;

/**
 * Waits until the server answers a query (after a start). Any answer counts, a full connection table or a refused
 * account included: the server is up. Throws the last `MariaDbError` when `timeoutMs` are over.
 */
export async function waitUntilAnswering(o: ConnectOptions, connect: Connect = lazyConnect): Promise<void> {
  const deadline = performance.now() + o.timeoutMs;
  for (;;) {
    const left = deadline - performance.now();
    try {
      const session = await connect({ ...o, timeoutMs: Math.max(1, Math.min(left, ATTEMPT_MS)) });
      try {
        await session.query('SELECT 1');
      } finally {
        await session.close();
      }
      return;
    } catch (error) {
      if (!(error instanceof MariaDbError)) throw error;
      if (['mariadb-access-denied', 'mariadb-too-many-connections'].includes(error.code)) return;
      if (deadline - performance.now() <= PAUSE_MS) throw error;
    }
    await sleep(PAUSE_MS);
  }
}
