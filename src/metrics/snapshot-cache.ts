import { join } from 'node:path';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { STATE_DIR } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';
import { listSnapshotTimes, type SnapshotTimes, type Space } from '../zfs/zfs.js';

const PATH = join(STATE_DIR, '.snapshot-times.json');

/** What was found of a dataset when its snapshots last changed. */
interface Cached extends Partial<SnapshotTimes> {
  /** Of the dataset, in seconds since 1970. */
  changed: number;
  count: number;
}

type Cache = Record<string, Cached>;

/** A change within the same second cannot be told from the one before it. */
const UNSURE_SECONDS = 2;

/**
 * When snapshots of these datasets were made. Listing them costs by their number, so only those are listed that have
 * changed since the last time, as ZFS says itself; by one process.
 */
export async function snapshotTimes(
  runner: Runner,
  space: readonly Space[],
  { now, mayWrite }: { now: Date; mayWrite: boolean },
): Promise<Map<string, SnapshotTimes>> {
  const cache = await readCache();
  const isKnown = ({ name, snapshotsChanged }: Space) =>
    snapshotsChanged !== undefined && cache[name]?.changed === snapshotsChanged;
  const unknown = space.filter((found) => !isKnown(found));
  const fresh = await listSnapshotTimes(
    runner,
    unknown.map(({ name }) => name),
  );
  const times = new Map<string, SnapshotTimes>();
  const next: Cache = {};
  for (const { name, snapshotsChanged } of space) {
    const found = fresh.get(name) ?? timesOf(cache[name]);
    if (found === undefined) continue;
    times.set(name, found);
    if (snapshotsChanged !== undefined && now.getTime() / 1000 - snapshotsChanged > UNSURE_SECONDS)
      next[name] = { changed: snapshotsChanged, ...found };
  }
  if (mayWrite && unknown.length > 0) await replaceFile(PATH, json(next));
  return times;
}

function timesOf(cached: Cached | undefined): SnapshotTimes | undefined {
  if (cached === undefined) return undefined;
  return { count: cached.count, newest: cached.newest, newestScheduled: cached.newestScheduled };
}

/** Of this host's own making; what cannot be read is listed anew. */
async function readCache(): Promise<Cache> {
  try {
    return JSON.parse((await readText(PATH)) ?? '{}') as Cache;
  } catch {
    return {};
  }
}
