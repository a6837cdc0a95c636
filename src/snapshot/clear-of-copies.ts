import { whileNotCopied, whileNotSent } from '../bench/bench.js';
import type { OwnHold } from '../zfs/zfs.js';

/**
 * Restores while no copy is in the way: what is being sent can neither be destroyed nor change hands, and that would be found
 * out with the services down. While they are, nothing is sent, so that a restore which was cut off is kept from its end by
 * nobody who only looks at copies.
 * @param restore what it does with snapshots: it destroys held ones (`releases`), or moves them (any mode but `rollback`)
 * @throws BusyError `busy` before anything is done
 */
export function clearOfCopies<T>(
  bench: string,
  purpose: string,
  { mode, resumes, releases }: { mode: string; resumes: boolean; releases: readonly OwnHold[] },
  work: () => Promise<T>,
): Promise<T> {
  if (releases.length > 0) return whileNotCopied(bench, purpose, work);
  return mode === 'rollback' || resumes ? work() : whileNotSent(bench, purpose, work);
}
