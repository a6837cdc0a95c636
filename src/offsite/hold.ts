import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { boundAmong, leftAlone, takenAlong } from '../snapshot/snapshot-orchestrator.js';
import {
  destroySnapshots,
  findSnapshot,
  HOLD as HOLDS,
  holdSnapshot,
  holdTags,
  listSnapshots,
  MARK,
  releaseSnapshot,
  type Snapshot,
} from '../zfs/zfs.js';

/** The tag of the holds by which nothing prunes a snapshot that a copy builds on. */
export const HOLD = HOLDS.offsite;

/** Well where it has that hold already. */
export async function hold(runner: Runner, snapshot: Pick<Snapshot, 'name'>): Promise<void> {
  const found = await findSnapshot(runner, snapshot.name);
  const tags = found === undefined ? undefined : await holdTags(runner, [found]);
  if (tags?.get(snapshot.name)?.includes(HOLD)) return;
  await runner.run(holdSnapshot(HOLD, snapshot.name));
}

/**
 * Releases every snapshot of a bench that no copy builds on any more, and destroys those of them that were taken only to be
 * copied, with those of volumes that were taken along, unless somebody else holds, pins or has cloned one of these: then
 * they all stay, and the next copy asks again. So go those of volumes that were left over before.
 * @param needed GUIDs of those that stay
 */
export async function releaseOthers(
  config: BenchConfig,
  runner: Runner,
  needed: ReadonlySet<string>,
): Promise<void> {
  const { dataset } = config.volume;
  const left = (await listSnapshots(runner, dataset)).filter(({ guid }) => !needed.has(guid));
  const tags = await holdTags(runner, left);
  for (const { name } of left)
    if (tags.get(name)?.includes(HOLD)) await runner.run(releaseSnapshot(HOLD, name));
  const made = await madeForCopies(runner, dataset);
  const free = left
    .filter(({ name, tag, clones, pinned }) => {
      const isHeld = (tags.get(name) ?? []).some((each) => each !== HOLD);
      return made.has(tag) && !isHeld && !pinned && clones.length === 0;
    })
    .map(({ tag }) => tag);
  const along = free.length === 0 ? [] : await takenAlong(config, runner, free);
  const staying = new Set<string>();
  for (const each of along) for (const tag of await boundAmong(runner, each)) staying.add(tag);
  const goes = (tag: string) => !staying.has(tag);
  const lists = along.map((each) => ({ ...each, tags: each.tags.filter(goes) }));
  for (const each of await leftAlone(config, runner, async (of) => [...(await madeForCopies(runner, of))])) {
    const bound = await boundAmong(runner, each);
    lists.push({ ...each, tags: each.tags.filter((tag) => !bound.includes(tag)) });
  }
  // Volumes first: cut off between, the next copy goes on from the snapshots of the bench that are left.
  for (const each of [...lists, { dataset, tags: free.filter(goes) }])
    if (each.tags.length > 0) await runner.run(destroySnapshots(each.dataset, each.tags));
}

/** Tags of the snapshots that were taken to be copied: one that somebody has renamed is theirs. */
async function madeForCopies(runner: Runner, dataset: string): Promise<Set<string>> {
  const { stdout } = await runner.run({
    argv: [
      'zfs',
      'get',
      '-H',
      '-d',
      '1',
      '-t',
      'snapshot',
      '-s',
      'local',
      '-o',
      'name,value',
      MARK.offsite,
      dataset,
    ],
  });
  const made = new Set<string>();
  for (const line of stdout.split('\n')) {
    const [name = '', value] = line.split('\t');
    const tag = name.slice(name.indexOf('@') + 1);
    if (value !== undefined && value === tag) made.add(tag);
  }
  return made;
}

/** The snapshots that are held for copies, newest first, with the space that they alone take. */
export async function heldForCopies(runner: Runner, dataset: string): Promise<Snapshot[]> {
  const snapshots = (await listSnapshots(runner, dataset)).filter(({ holds }) => holds > 0);
  const tags = await holdTags(runner, snapshots);
  return snapshots.filter(({ name }) => tags.get(name)?.includes(HOLD));
}
