import type { Runner } from '../host/exec.js';
import {
  destroyBookmark,
  destroySnapshots,
  heldSnapshots,
  holdSnapshots,
  listBookmarks,
  listSnapshots,
  makeBookmark,
  releaseSnapshots,
} from '../zfs/zfs.js';
import { BOOKMARK, HOLD } from './names.js';
import type { Transfer } from './plan-send.js';
import { type SourceMember, snapshotGroups } from './source.js';

/**
 * Works while every snapshot that is to be sent is held: pruning and destroying leave them alone. The holds stay where
 * the work is cut off, because what has come of a stream needs its snapshot; {@link settleSource} ends them.
 */
export async function withHolds<T>(
  runner: Runner,
  members: readonly SourceMember[],
  transfers: readonly Transfer[],
  work: () => Promise<T>,
): Promise<T> {
  for (const { member, dataset } of members) {
    const names = transfers.filter((each) => each.member === member).map(({ tag }) => `${dataset}@${tag}`);
    const held = new Set(await heldSnapshots(runner, HOLD, names));
    const free = names.filter((name) => !held.has(name));
    if (free.length > 0) await runner.run(holdSnapshots(HOLD, free));
  }
  return work();
}

/**
 * What stays on this side once a moment is whole on the other one: a bookmark of it, from which the next stream goes
 * whatever becomes of the snapshot. Older bookmarks, all holds and older snapshots that replication has taken for itself
 * go. Cut off anywhere, the next run does the rest.
 */
export async function settleSource(
  runner: Runner,
  members: readonly SourceMember[],
  tag: string,
): Promise<void> {
  for (const { dataset } of members) {
    const mark = `${BOOKMARK}${tag}`;
    const bookmarks = await listBookmarks(runner, dataset);
    const snapshots = await listSnapshots(runner, dataset);
    const isThere = snapshots.some((each) => each.tag === tag);
    if (isThere && !bookmarks.some(({ name }) => name === mark))
      await runner.run(makeBookmark(`${dataset}@${tag}`, `${dataset}#${mark}`));
    for (const { name } of bookmarks)
      if (name.startsWith(BOOKMARK) && name !== mark) await runner.run(destroyBookmark(`${dataset}#${name}`));
    const held = await heldSnapshots(
      runner,
      HOLD,
      snapshots.filter(({ holds }) => holds > 0).map(({ name }) => name),
    );
    if (held.length > 0) await runner.run(releaseSnapshots(HOLD, held));
    await pruneOwn(runner, dataset, new Set([tag]));
  }
}

/**
 * What runs that failed have left: each has taken a snapshot for itself and held it, and nobody sends it any more once
 * there is a later one. While the other side has no room, they would fill the bench.
 */
export async function pruneUnsent(
  runner: Runner,
  members: readonly Pick<SourceMember, 'dataset' | 'snapshots'>[],
  needed: ReadonlySet<string>,
): Promise<void> {
  for (const { dataset, snapshots } of members) {
    const names = unsent(snapshots, needed).map(({ tag }) => `${dataset}@${tag}`);
    const held = await heldSnapshots(runner, HOLD, names);
    if (held.length > 0) await runner.run(releaseSnapshots(HOLD, held));
    if (names.length > 0) await pruneOwn(runner, dataset, needed);
  }
}

/** Pure. */
export function unsent(snapshots: SourceMember['snapshots'], needed: ReadonlySet<string>) {
  return snapshots.filter(({ replicated, tag }) => replicated && !needed.has(tag));
}

/** Those that replication has taken for itself, but the needed ones. */
async function pruneOwn(runner: Runner, dataset: string, needed: ReadonlySet<string>): Promise<void> {
  const groups = await snapshotGroups(runner, dataset);
  const old = (await listSnapshots(runner, dataset)).filter(
    (each) =>
      groups.get(each.tag)?.replicated &&
      !needed.has(each.tag) &&
      each.holds === 0 &&
      each.clones.length === 0 &&
      !each.pinned,
  );
  if (old.length > 0)
    await runner.run(
      destroySnapshots(
        dataset,
        old.map((each) => each.tag),
      ),
    );
}
