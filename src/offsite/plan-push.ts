import type { OffsiteConfig } from '../config/config.js';
import { RefusedError, UsageError } from '../errors.js';
import { onOneLine } from '../printable.js';
import type { Snapshot } from '../zfs/zfs.js';
import { chooseBase } from './choose.js';
import type { Copies } from './copies.js';
import type { Begun } from './journal.js';
import { type Manifest, PART_BYTES } from './manifest.js';

/** What decides on a push. */
export interface PushFacts {
  offsite: OffsiteConfig;
  dataset: string;
  datasetGuid: string;
  /** Of `zfs send`: an encrypted dataset is sent raw. */
  flags: readonly string[];
  /** Of the dataset, newest first. */
  snapshots: readonly Snapshot[];
  copies: Copies;
  begun: Begun | undefined;
  /** Ids of copies that a look at them has found fault with. */
  bad: ReadonlySet<string>;
  now: Date;
}

export interface PushRequest {
  /** Of the snapshot to copy; a fresh one is taken where it is not named. */
  tag?: string | undefined;
  /** A full copy, whatever there is. */
  full: boolean;
  /** Although the prefix holds copies of another dataset. */
  takeOver: boolean;
}

export type PushPlan = {
  kind: 'full' | 'incremental';
  /** Of an incremental copy. */
  base: { copy: Manifest; snapshot: Snapshot } | undefined;
  /** Why it is a full one. */
  because: string | undefined;
  /** Of `zfs send`. */
  flags: readonly string[];
} & (
  | { how: 'begin'; snapshot: Snapshot | undefined }
  /** What was begun goes on: the identical stream is made again. */
  | { how: 'go-on'; snapshot: Snapshot; begun: Begun }
);

/**
 * What a push is to do. What was begun and can be made again identically goes on; else it begins. Pure.
 * @throws RefusedError `prefix-taken`, `copy-exists`; UsageError `snapshot-missing`, `snapshot-not-consistent`
 */
export function planPush(facts: PushFacts, request: PushRequest): PushPlan {
  refuseOthers(facts, request);
  const target = request.tag === undefined ? undefined : snapshotOf(facts, request.tag);
  const goingOn = goOn(facts, request, target);
  if (goingOn !== undefined) return goingOn;
  if (target !== undefined) refuseCopied(facts, target);
  const { offsite, snapshots, copies, bad, now, flags } = facts;
  const { base, because } = request.full
    ? { base: undefined, because: 'A full copy was asked for.' }
    : chooseBase(copies.copies, snapshots, target, {
        fullEvery: offsite.fullEvery,
        now,
        bad,
        flags,
      });
  return {
    how: 'begin',
    kind: base === undefined ? 'full' : 'incremental',
    snapshot: target,
    base,
    because,
    flags,
  };
}

/** Two benches that write below one prefix would build on each other's copies, and prune them. */
function refuseOthers(
  { copies: { copies }, datasetGuid, snapshots, offsite }: PushFacts,
  { takeOver }: PushRequest,
) {
  if (takeOver || copies.length === 0) return;
  const isOurs = copies.some(
    ({ source, snapshot }) =>
      source.datasetGuid === datasetGuid || snapshots.some(({ guid }) => guid === snapshot.guid),
  );
  if (isOurs) return;
  const { source, bench } = copies.at(-1) as Manifest;
  throw new RefusedError(
    'prefix-taken',
    `${offsite.url} holds copies of another bench ${bench}, of ${onOneLine(source.dataset)} on ${onOneLine(source.host)}. Nothing was changed.`,
    {
      suggestions: [
        'Give this one another prefix: bench config set offsite.url s3://BUCKET/PREFIX',
        `If that one is gone for good and this one goes on in its place: bench offsite push -b ${bench} --take-over`,
      ],
    },
  );
}

function snapshotOf({ snapshots, dataset }: PushFacts, tag: string): Snapshot {
  const found = snapshots.find((snapshot) => snapshot.tag === tag);
  if (found !== undefined && found.quiesce !== undefined) return found;
  if (found === undefined)
    throw new UsageError(
      'snapshot-missing',
      `${dataset} has no snapshot ${onOneLine(tag)}. Nothing was changed.`,
      {
        suggestions: ['bench volume list-snapshots'],
      },
    );
  throw new UsageError(
    'snapshot-not-consistent',
    `bench did not take ${found.name}: its database may not be whole. Nothing was changed.`,
    { suggestions: ['Leave --snapshot out: then a consistent one is taken.'] },
  );
}

function refuseCopied({ copies: { copies } }: PushFacts, target: Snapshot): void {
  const copy = copies.find(({ snapshot }) => snapshot.guid === target.guid);
  if (copy === undefined) return;
  throw new RefusedError(
    'copy-exists',
    `There is a copy of ${target.name} already: ${copy.id}. Nothing was changed.`,
    {
      suggestions: ['bench offsite list'],
    },
  );
}

/** Undefined where nothing was begun, or where it would not be the same stream, or for other readers. */
function goOn(
  { begun, offsite, snapshots, copies, flags }: PushFacts,
  { full }: PushRequest,
  target: Snapshot | undefined,
): PushPlan | undefined {
  if (begun === undefined) return undefined;
  const { begin } = begun;
  const snapshot = snapshots.find(({ guid }) => guid === begin.snapshot.guid);
  if (snapshot === undefined || (target !== undefined && target.guid !== snapshot.guid)) return undefined;
  if (full && begin.kind !== 'full') return undefined;
  const isSame =
    begin.url === offsite.url &&
    begin.partBytes === PART_BYTES &&
    begin.flags.join(' ') === flags.join(' ') &&
    [...begin.recipients].sort().join(' ') === [...offsite.recipients].sort().join(' ');
  // Of one that is whole only the end was not written down.
  if (!isSame || copies.copies.some(({ id }) => id === begin.id)) return undefined;
  if (begin.base === null)
    return { how: 'go-on', kind: 'full', snapshot, begun, base: undefined, because: undefined, flags };
  const { id, guid } = begin.base;
  const copy = copies.copies.find((each) => each.id === id && each.snapshot.guid === guid);
  const baseSnapshot = snapshots.find((each) => each.guid === guid);
  if (copy === undefined || baseSnapshot === undefined) return undefined;
  const base = { copy, snapshot: baseSnapshot };
  return { how: 'go-on', kind: 'incremental', snapshot, begun, base, because: undefined, flags };
}
