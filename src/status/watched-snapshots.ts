import type { Runner } from '../host/exec.js';
import { findSnapshots, listSnapshots, type Snapshot, snapshotTags } from '../zfs/zfs.js';
import type { Status } from './report.js';

/** As many as a tall terminal shows: of these what changes is asked in each look, such as the space that they take. */
const SHOWN = 50;
/** More new ones than that are quicker listed with all the others. */
const MOST_NEW = 100;
/** After so many looks all are listed, in case that one of the older ones was destroyed and made again under its name. */
const LOOKS_OF_ONE_LISTING = 300;

/**
 * The snapshots of a bench, look after look, newest first. All their properties are listed the first time, which takes
 * seconds where there are thousands; from then on only those of the newest, and of those that have come.
 */
export function watchedSnapshots(runner: Runner): (status: Status) => Promise<Snapshot[]> {
  let known: Snapshot[] | undefined;
  let looks = 0;
  return async ({ dataset: { name, mounted, mountpoint }, snapshots: { count, latest } }) => {
    if (count === 0) {
      known = [];
      return known;
    }
    const before = looks % LOOKS_OF_ONE_LISTING === 0 ? undefined : known;
    looks += 1;
    const update =
      before === undefined
        ? undefined
        : await updated(runner, name, before, {
            tags: await snapshotTags(runner, name, mounted ? mountpoint : undefined),
            latest: latest?.tag,
          });
    known = update ?? (await listSnapshots(runner, name));
    return known;
  };
}

/** Undefined where it is simpler to list them all. */
async function updated(
  runner: Runner,
  dataset: string,
  known: readonly Snapshot[],
  { tags, latest }: { tags: readonly string[]; latest: string | undefined },
): Promise<Snapshot[] | undefined> {
  const present = new Set(tags);
  const left = known.filter(({ tag }) => present.has(tag));
  const had = new Set(left.map(({ tag }) => tag));
  const come = tags.filter((tag) => !had.has(tag));
  if (come.length > MOST_NEW) return undefined;
  const shown = left.slice(0, SHOWN).map(({ tag }) => tag);
  const asked = new Set([
    ...(latest !== undefined && present.has(latest) ? [latest] : []),
    ...come,
    ...shown,
  ]);
  const found =
    asked.size === 0
      ? []
      : await findSnapshots(
          runner,
          [...asked].map((tag) => `${dataset}@${tag}`),
        );
  // One of them has gone meanwhile.
  if (found.length !== asked.size) return undefined;
  const older = left.filter(({ tag }) => !asked.has(tag));
  return [...found, ...older].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}
