import { humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type Dataset, findDataset, listSnapshots, parentOf, type Snapshot } from '../zfs/zfs.js';
import {
  findKept,
  findMarked,
  type KeptCopy,
  keptNames,
  refuseMountedCopy,
  refuseUndroppable,
} from './kept.js';
import { standings } from './standings.js';

/**
 * What speaks against setting the live dataset aside. Returns the older copy, which is dropped for it.
 * @param snapshots those of the live dataset, newest first
 * @throws RefusedError `kept-not-ours`, `kept-mounted`, `kept-in-use`, `dataset-has-children`, `quota-too-small`,
 *   `no-space-to-keep`
 */
export async function preflightKeep(
  runner: Runner,
  live: Dataset,
  snapshots: readonly Snapshot[],
  target: Snapshot,
): Promise<KeptCopy | null> {
  const { kept, aside } = keptNames(live.name);
  for (const name of [kept, aside]) await refuseForeign(runner, name);
  const older = await findKept(runner, live.name);
  if (older !== undefined) {
    await refuseMountedCopy(kept);
    await refuseUndroppable(runner, kept);
  }
  await refuseChildren(runner, live.name);
  const sharedBytes = historyBytes(snapshots, target.tag);
  refuseSmallQuota(live, target.name, sharedBytes);
  await refuseNoSpace(runner, live, { sharedBytes, keptBytes: 0 }, older !== undefined);
  return older ?? null;
}

/**
 * What speaks against letting the kept copy and the live dataset change places.
 * @throws RefusedError `kept-not-ours`, `kept-mounted`, `dataset-has-children`, `quota-too-small`, `no-space-to-keep`
 */
export async function preflightUndo(runner: Runner, live: Dataset, kept: KeptCopy): Promise<void> {
  const { aside } = keptNames(live.name);
  await refuseForeign(runner, aside);
  await refuseMountedCopy(kept.dataset);
  for (const name of [live.name, kept.dataset]) await refuseChildren(runner, name);
  const origin = (await standings(runner, live.name)).get(kept.dataset)?.origin ?? '-';
  const [, tag = ''] = origin.split('@');
  const sharedBytes = historyBytes(await listSnapshots(runner, live.name), tag);
  refuseSmallQuota(live, kept.dataset, sharedBytes + kept.usedBytes);
  await refuseNoSpace(runner, live, { sharedBytes, keptBytes: kept.usedBytes }, false);
}

/**
 * Bytes that a snapshot and all before it hold: what each has that the one before it has not. A clone of the
 * snapshot that is promoted takes them over (zfs-promote(8)). Pure.
 * @param snapshots newest first; the answer is 0 where the tag is not among them
 */
export function historyBytes(
  snapshots: readonly Pick<Snapshot, 'tag' | 'writtenBytes'>[],
  tag: string,
): number {
  const at = snapshots.findIndex((snapshot) => snapshot.tag === tag);
  if (at === -1) return 0;
  return snapshots.slice(at).reduce((sum, { writtenBytes }) => sum + writtenBytes, 0);
}

export interface SwapSpace {
  /** What the live dataset uses, snapshots included. */
  liveBytes: number;
  /** The part of that which goes over to what takes its place. */
  sharedBytes: number;
  /** What takes its place has this for itself. */
  keptBytes: number;
  reservationBytes: number;
  freeBytes: number;
}

/** Bytes that the pool lacks for a swap: what is set aside then lies outside of the reservation. Pure. */
export function spaceMissing(space: SwapSpace): number {
  const { liveBytes, sharedBytes, keptBytes, reservationBytes, freeBytes } = space;
  const before = Math.max(reservationBytes, liveBytes) + keptBytes;
  const after = Math.max(reservationBytes, sharedBytes + keptBytes) + Math.max(0, liveBytes - sharedBytes);
  return Math.max(0, after - before - freeBytes);
}

/** What the moves themselves write, and MariaDB needs to start. */
const MARGIN_BYTES = 32 * 1024 ** 2;

async function refuseNoSpace(
  runner: Runner,
  live: Dataset,
  parts: Pick<SwapSpace, 'sharedBytes' | 'keptBytes'>,
  hasOlder: boolean,
): Promise<void> {
  const parent = await findDataset(runner, parentOf(live.name));
  const missing = spaceMissing({
    ...parts,
    liveBytes: live.usedBytes,
    reservationBytes: live.reservationBytes,
    freeBytes: (parent?.availableBytes ?? 0) - MARGIN_BYTES,
  });
  if (missing === 0) return;
  throw new RefusedError(
    'no-space-to-keep',
    `To keep what is live beside what takes its place, the pool lacks ${humanSize(missing)}. Nothing was changed.`,
    {
      suggestions: [
        ...(hasOlder
          ? [
              `The older copy is dropped last; to drop it now: bench volume undo-restore --discard -b ${live.bench}`,
            ]
          : []),
        'Make room in the pool, or lower the reservation of a bench.',
      ],
    },
  );
}

/** The quota in force stays in force; ZFS takes none below what is used, and at it every write would stop. */
function refuseSmallQuota({ quotaBytes }: Dataset, name: string, neededBytes: number): void {
  if (quotaBytes === 0 || neededBytes < quotaBytes) return;
  throw new RefusedError(
    'quota-too-small',
    `${name} would use ${humanSize(neededBytes)} with its snapshots, and the quota is ${humanSize(quotaBytes)} now. ` +
      'Nothing was changed.',
    {
      suggestions: [
        `Set volume.dataset.quota to more than ${neededBytes} bytes first, and have it in force.`,
      ],
    },
  );
}

async function refuseForeign(runner: Runner, name: string): Promise<void> {
  if ((await findDataset(runner, name)) === undefined) return;
  if ((await findMarked(runner, name)) !== undefined) return;
  throw new RefusedError(
    'kept-not-ours',
    `${name} exists and is no copy that bench has kept. Nothing was changed.`,
    { suggestions: [`Give it another name: zfs rename ${name} ${name}.other`] },
  );
}

/** A rename would take them along, out of their place below the bench. */
async function refuseChildren(runner: Runner, dataset: string): Promise<void> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'list', '-H', '-r', '-t', 'filesystem,volume', '-o', 'name', dataset],
  });
  const children = stdout.split('\n').filter((name) => name !== '' && name !== dataset);
  if (children.length === 0) return;
  throw new RefusedError(
    'dataset-has-children',
    `${dataset} has datasets below it, which cannot be kept: ${children.join(', ')}. Nothing was changed.`,
    { suggestions: ['Restore without --keep, or move them elsewhere with zfs rename.'] },
  );
}
