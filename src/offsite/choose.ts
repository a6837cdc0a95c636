import type { OffsiteConfig } from '../config/config.js';
import type { Snapshot } from '../zfs/zfs.js';
import { chainOf } from './copies.js';
import type { Manifest } from './manifest.js';

/** On what a new copy builds. */
export interface Base {
  copy: Manifest;
  snapshot: Snapshot;
}

export interface Choice {
  /** Undefined: a full copy. */
  base: Base | undefined;
  /** Why it is a full one, in one sentence. */
  because: string | undefined;
}

/**
 * The last whole copy whose snapshot is here, and older than the one that is to be copied; nothing where a full copy is due
 * (`full_every`), where there is no such copy, or where what it builds on is incomplete or was found to be bad. Pure.
 * @param snapshots of the dataset, newest first
 * @param bad ids of copies that a look at them has found fault with
 */
export function chooseBase(
  copies: readonly Manifest[],
  snapshots: readonly Snapshot[],
  target: Pick<Snapshot, 'guid'> | undefined,
  {
    fullEvery,
    now,
    bad,
    flags,
  }: {
    fullEvery: OffsiteConfig['fullEvery'];
    now: Date;
    bad: ReadonlySet<string>;
    /** Of `zfs send`. */
    flags: readonly string[];
  },
): Choice {
  const full = (because: string): Choice => ({ base: undefined, because });
  if (copies.length === 0) return full('There is no copy yet.');
  const at = target === undefined ? -1 : snapshots.findIndex(({ guid }) => guid === target.guid);
  const older = snapshots.slice(at + 1);
  let best: { base: Base; age: number } | undefined;
  for (const copy of copies) {
    const age = older.findIndex(({ guid }) => guid === copy.snapshot.guid);
    const snapshot = older[age];
    if (snapshot !== undefined && (best === undefined || age <= best.age))
      best = { base: { copy, snapshot }, age };
  }
  if (best === undefined) return full('The snapshot of no copy is here any more.');
  const { base } = best;
  const chain = chainOf(copies, base.copy);
  const first = chain?.[0];
  if (chain === undefined || first === undefined)
    return full('The last copy builds on one that is not there.');
  // A raw increment cannot be received onto what came otherwise, nor the other way round (zfs-send(8), `--raw`).
  if (isRaw(base.copy) !== isRaw({ flags }))
    return full('The last copy was not sent as the dataset lies on the disks now.');
  if (chain.some(({ id }) => bad.has(id))) return full('The last copy was found to be bad.');
  if ('increments' in fullEvery && base.copy.chain.increments >= fullEvery.increments)
    return full(`There are ${base.copy.chain.increments} increments on the last full copy.`);
  if ('ageMs' in fullEvery && now.getTime() - Date.parse(first.snapshot.createdAt) >= fullEvery.ageMs)
    return full(`The last full copy is of ${first.snapshot.createdAt}.`);
  return { base, because: undefined };
}

/** Whether a copy holds an encrypted dataset as it lies on the disks. Pure. */
export function isRaw({ flags }: { flags: readonly string[] }): boolean {
  return flags.includes('-w');
}
