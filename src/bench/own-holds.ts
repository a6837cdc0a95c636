import { join } from 'node:path';
import { RefusedError } from '../errors.js';
import { formatArgv, type Runner, runAll } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { COPY_LOCKS, SEND_LOCKS, stateDir } from '../host/paths.js';
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
 * Works while nobody makes or changes copies of a bench: a snapshot that is being sent cannot be destroyed, and that would be
 * found out half way. Nobody is waited for: a copy may take hours.
 * @throws BusyError `busy` that says what is at work
 */
export function whileNotCopied<T>(bench: string, purpose: string, work: () => Promise<T>): Promise<T> {
  return withLocks(COPY_LOCKS, bench, purpose, work);
}

/**
 * Works while no snapshot of a bench is sent: one that is cannot change hands (`zfs promote` says that it is busy). A look
 * at copies that are elsewhere, which may take hours, is in nobody's way.
 * @throws BusyError `busy` that says what is at work
 */
export function whileNotSent<T>(bench: string, purpose: string, work: () => Promise<T>): Promise<T> {
  return withLocks(SEND_LOCKS, bench, purpose, work);
}

function withLocks<T>(
  names: readonly string[],
  bench: string,
  purpose: string,
  work: () => Promise<T>,
): Promise<T> {
  return names.reduceRight<() => Promise<T>>(
    (inner, name) => () => withLock({ path: join(stateDir(bench), name), timeoutMs: 0, purpose }, inner),
    work,
  )();
}
