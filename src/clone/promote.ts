import { humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import type { Step } from '../steps/steps.js';
import { encodeNote, listSnapshots, MARK, type Snapshot } from '../zfs/zfs.js';

/** What changes hands when a clone is promoted. */
export interface Promotion {
  dataset: string;
  /** The dataset that it shares blocks with, and that is its clone afterwards. */
  origin: string;
  /** Tags of the snapshots that go over, newest first. */
  tags: string[];
  steps: Step[];
}

/** A dataset that is a clone, and the bench or template that it is, for people. */
export interface Promotable {
  title: string;
  dataset: string;
  origin: string | undefined;
  quotaBytes: number;
  usedBytes: number;
}

/**
 * The snapshots that a clone shares with its origin become its own (zfs-promote(8)), and the origin depends on it from
 * then on. Each is marked first with the bench that is in it: nobody may take it for the clone's own past.
 * @param bench the bench that is in the snapshots
 * @throws RefusedError `already-independent`, `snapshot-exists`, `quota-too-small`
 */
export async function planPromotion(
  promotable: Promotable,
  bench: string,
  runner: Runner,
): Promise<Promotion> {
  const { dataset, origin } = promotable;
  if (origin === undefined) {
    throw new RefusedError(
      'already-independent',
      `${promotable.title} shares no blocks with another bench's snapshots: it is independent. Nothing was changed.`,
    );
  }
  const from = origin.slice(0, origin.indexOf('@'));
  const all = await listSnapshots(runner, from);
  const shared = all.slice(all.findIndex(({ name }) => name === origin));
  refuseSameTags(promotable, shared, await listSnapshots(runner, dataset));
  refuseSmallQuota(promotable, shared);
  const unmarked = shared.filter(({ of }) => of === undefined).map(({ name }) => name);
  return {
    dataset,
    origin: from,
    tags: shared.map(({ tag }) => tag),
    steps: [
      ...(unmarked.length === 0
        ? []
        : [
            {
              kind: 'snapshots.mark',
              snapshots: unmarked,
              property: MARK.of,
              value: encodeNote(bench),
              reason: `${bench} is in them`,
            } as const,
          ]),
      { kind: 'dataset.promote', dataset },
    ],
  };
}

function refuseSameTags(
  { title, dataset }: Promotable,
  shared: readonly Snapshot[],
  own: readonly Snapshot[],
): void {
  const same = own.filter(({ tag }) => shared.some((snapshot) => snapshot.tag === tag));
  if (same.length === 0) return;
  throw new RefusedError(
    'snapshot-exists',
    `${title} has snapshots of the same name as some that would become its own: ${same.map(({ tag }) => tag).join(', ')}. ` +
      'Nothing was changed.',
    { suggestions: same.map(({ tag }) => `zfs rename ${dataset}@${tag} ${tag}-own`) },
  );
}

/** ZFS refuses it, too, but names no size; what the newest of them holds is a part of it all. */
function refuseSmallQuota(
  { title, dataset, quotaBytes, usedBytes }: Promotable,
  shared: readonly Snapshot[],
): void {
  const needed = usedBytes + (shared[0]?.referencedBytes ?? 0);
  if (quotaBytes === 0 || needed < quotaBytes) return;
  throw new RefusedError(
    'quota-too-small',
    `${title} would use ${humanSize(needed)} with the snapshots, and its quota is ${humanSize(quotaBytes)}. Nothing was changed.`,
    { suggestions: [`zfs list -o name,used,quota ${dataset}`, 'bench volume set --quota SIZE -b NAME'] },
  );
}
