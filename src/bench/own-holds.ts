import { join } from 'node:path';
import { RefusedError } from '../errors.js';
import { formatArgv, type Runner, runAll } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { COPY_LOCKS, stateDir } from '../host/paths.js';
import { onOneLine } from '../printable.js';
import { holdsOn, type OwnHold, releaseHolds, type Snapshot } from '../zfs/zfs.js';

/**
 * What somebody else holds stays, whatever is to become of the rest.
 * @param what the beginning of the sentence: "The restore would destroy newer snapshots that are held"
 * @returns bench's own holds, which are to end
 * @throws RefusedError `snapshot-held`
 */
export async function requireUnheld(
  runner: Runner,
  snapshots: readonly Snapshot[],
  what: string,
): Promise<OwnHold[]> {
  const { own, others } = await holdsOn(runner, snapshots);
  if (others.length === 0) return own;
  const tags = [...new Set(others.map(({ snapshot }) => snapshot))];
  const by = tags.map((snapshot) => {
    const holds = others.filter((each) => each.snapshot === snapshot).map(({ hold }) => onOneLine(hold));
    return `${onOneLine(snapshot.slice(snapshot.indexOf('@') + 1))} (${holds.join(', ')})`;
  });
  throw new RefusedError('snapshot-held', `${what}: ${by.join('; ')}. Nothing was changed.`, {
    suggestions: others.map(({ snapshot, hold }) => formatArgv(['zfs', 'release', hold, snapshot])),
  });
}

/** Those that a rollback to a tag destroys; none where it is not among them. Newest first. Pure. */
export function newerThan(snapshots: readonly Snapshot[], tag: string): Snapshot[] {
  const at = snapshots.findIndex((each) => each.tag === tag);
  return snapshots.slice(0, at === -1 ? 0 : at);
}

/**
 * Ends bench's own holds on these, and no other ones, for whoever destroys what they are on and was told so: the copies
 * stay whole, and the next one builds on an older snapshot or on none.
 */
export async function releaseOwnHolds(runner: Runner, snapshots: readonly Snapshot[]): Promise<void> {
  await runAll(runner, releaseHolds((await holdsOn(runner, snapshots)).own));
}

/**
 * Works while nothing is copied of a bench: a snapshot that is being sent can neither be destroyed nor change hands
 * (`zfs promote` says that it is busy), and that would be found out half way. Nobody is waited for: a copy may take hours.
 * @throws BusyError `busy` that says what is at work
 */
export async function whileNotCopied<T>(bench: string, purpose: string, work: () => Promise<T>): Promise<T> {
  return COPY_LOCKS.reduceRight<() => Promise<T>>(
    (inner, name) => () => withLock({ path: join(stateDir(bench), name), timeoutMs: 0, purpose }, inner),
    work,
  )();
}
