import { setTimeout as sleep } from 'node:timers/promises';
import { type Store, StoreError } from './store.js';

/** Before each further attempt, in milliseconds: half a minute of trouble is waited out, a night of it is not. */
const WAITS_MS = [500, 2000, 5000, 10_000, 20_000];

/**
 * The same store, of which a failure that may pass is no failure yet. What was read in part is not read again: whoever
 * reads it has to begin anew.
 * @param onRetry told of each failure that is waited out
 */
export function retrying(
  store: Store,
  onRetry: (error: StoreError) => void = () => undefined,
  waitsMs: readonly number[] = WAITS_MS,
): Store {
  const again = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const wait = waitsMs[attempt];
        const mayPass = error instanceof StoreError && (error.isPassing || isFirstOfClock(error, attempt));
        if (!mayPass || wait === undefined) throw error;
        onRetry(error);
        // Hosts that were thrown out together do not come back together.
        await sleep(wait * (0.75 + Math.random() / 2));
      }
    }
  };
  return {
    list: (prefix) => again(() => store.list(prefix)),
    folders: (prefix) => again(() => store.folders(prefix)),
    head: (key) => again(() => store.head(key)),
    get: (key) => again(() => store.get(key)),
    put: (key, content, options) => again(() => store.put(key, content, options)),
    remove: (key) => again(() => store.remove(key)),
    canLock: () => again(() => store.canLock()),
    lock: (key, until) => again(() => store.lock(key, until)),
  };
}

/** The SDK learns the store's time from its refusal, and signs the next request with that. */
function isFirstOfClock({ failure }: StoreError, attempt: number): boolean {
  return failure === 'clock' && attempt === 0;
}
