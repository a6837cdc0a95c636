import { EXPORTS, refuseChildren, requireUnheld } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { hasStoredKey, storedKeyFile, volumeKey } from '../keys/keys.js';
import {
  type Registry,
  readRegistry,
  refuseAttached,
  requireVolume,
  VOLUME_MARK,
  type Volume,
} from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { holdsOn, listSnapshots, type Snapshot } from '../zfs/zfs.js';
import { type Changed, type ChangeOptions, changePool } from './change.js';
import { CLONE_TAG } from './clone-tag.js';
import { refuseOpen } from './in-use.js';
import { OVERLAY_TAG } from './overlay.js';
import { refuseAtWork, refuseKept } from './refuse-new.js';
import { type VolumeJson, volumeJson } from './volume-json.js';

/** What is lost with a volume. */
export interface DeletePreview {
  volume: VolumeJson;
  /** Tags, newest first. */
  snapshots: string[];
}

/**
 * What a delete would destroy. Changes nothing.
 * @throws UsageError `volume-missing`; RefusedError `volume-attached`, `volume-damaged`, `volume-open`, `dataset-has-children`,
 *   `volume-cloned`, `snapshot-held`
 */
export async function previewDelete(runner: Runner, name: string): Promise<DeletePreview> {
  const registry = await readRegistry(runner);
  const volume = requireDeletable(registry, name);
  if (volume.role !== 'preserved') refuseKept(registry.kept, volume.name);
  const snapshots = await refuseUndeletable(runner, volume);
  return { volume: volumeJson(volume, registry.volumes), snapshots: snapshots.map(({ tag }) => tag) };
}

/**
 * Destroys a volume with its snapshots, for good.
 * @param confirmed the id of what an operator was shown and has agreed to
 * @throws what {@link previewDelete} throws; RefusedError `changed-meanwhile`; BusyError `busy`
 */
export async function deleteVolume(
  runner: Runner,
  name: string,
  { confirmed, ...options }: ChangeOptions & { confirmed?: string | undefined },
): Promise<Changed> {
  const { pool } = requireDeletable(await readRegistry(runner), name);
  const purpose = `bench volume delete ${name}`;
  return changePool(
    pool,
    runner,
    purpose,
    async ({ registry }, held) => {
      const volume = requireDeletable(registry, name);
      refuseOther(volume, confirmed);
      if (volume.role !== 'preserved') refuseKept(registry.kept, volume.name);
      const snapshots = await refuseUndeletable(held, volume);
      const notes = [
        ...(snapshots.length === 0 ? [] : [`Its snapshots go with it: ${snapshots.length}.`]),
        ...(await keyNotes(volume)),
      ];
      const { own } = await holdsOn(held, snapshots);
      const release: Step[] = own.length === 0 ? [] : [{ kind: 'holds.release', holds: own }];
      return { dataset: volume.dataset, steps: [...release, ...deleteSteps(volume)], notes };
    },
    options,
  );
}

/** @throws RefusedError `changed-meanwhile` */
export function refuseOther({ id, name }: Pick<Volume, 'id' | 'name'>, confirmed: string | undefined): void {
  if (confirmed === undefined || id === confirmed) return;
  throw new RefusedError(
    'changed-meanwhile',
    `Since you were asked, ${name} has become another volume. Nothing was changed.`,
    { suggestions: ['Run the command again and look at what it shows.'] },
  );
}

/** Copies of it that were sent elsewhere may need it. */
async function keyNotes({ id, role }: Volume): Promise<string[]> {
  const source = volumeKey(id);
  if (role !== 'data' || !(await hasStoredKey(source))) return [];
  return [`Its key stays where it lies (${storedKeyFile(source)}): copies elsewhere may need it.`];
}

/** What a dropped bench has left goes as well, where it is named in full: it may be called as a data volume is. */
function requireDeletable(registry: Registry, wanted: string): Volume {
  const kept = registry.volumes.find(({ role, dataset }) => role === 'preserved' && dataset === wanted);
  return kept ?? requireVolume(registry, wanted);
}

const MADE_FOR_CLONES = new RegExp(`@(${CLONE_TAG}|${OVERLAY_TAG})[0-9a-f]+$`);

/** First it is no volume any more, then it is gone: cut off between the two, `repair` brings it to its end. Pure. */
export function deleteSteps(volume: Volume): Step[] {
  const { dataset, kind, role, state, origin } = volume;
  return [
    ...(state === 'whole' && role !== 'preserved'
      ? [{ kind: 'dataset.set', dataset, properties: { [VOLUME_MARK.whole]: 'deleting' } } as const]
      : []),
    // Taken for this clone alone, and told before to go with it: once the clone is gone nothing names it any more.
    ...(origin !== undefined && MADE_FOR_CLONES.test(origin)
      ? [{ kind: 'snapshot.destroy', snapshot: origin, withLastClone: true } as const]
      : []),
    // Before, too: nothing tells afterwards that there is one.
    ...(kind === 'filesystem' && role !== 'preserved'
      ? [
          { kind: 'dataset.unmount', dataset } as const,
          // Of a private copy, too, which lies elsewhere than a volume.
          { kind: 'directory.remove', path: `/${dataset}` } as const,
        ]
      : []),
    { kind: 'dataset.destroy', dataset },
  ];
}

/** Found out before anything is touched, and named: ZFS would stop half way (zfs-localpv#123, #613). */
export async function refuseUndeletable(runner: Runner, volume: Volume): Promise<Snapshot[]> {
  refuseAttached(volume, 'deleted');
  refuseAtWork(volume);
  await refuseOpen(volume, 'deleted');
  await refuseChildren(runner, volume.dataset);
  const snapshots = await listSnapshots(runner, volume.dataset);
  refuseCloned(volume, snapshots);
  // Those of bench's own, for copies elsewhere, end with what they are on.
  await requireUnheld(runner, snapshots, `Snapshots of ${volume.name} are held`);
  return snapshots;
}

function refuseCloned({ name }: Volume, snapshots: readonly Snapshot[]): void {
  const clones = snapshots.flatMap((snapshot) => snapshot.clones);
  if (clones.length === 0) return;
  throw new RefusedError(
    'volume-cloned',
    `${name} has clones, which share its blocks: ${clones.join(', ')}. Nothing was changed.`,
    {
      suggestions: [
        clones.every((clone) => clone.includes(`/${EXPORTS}/`))
          ? 'It is being exported: wait for that. Was that killed? Then: bench volume repair'
          : 'Delete the clones first: bench volume list',
      ],
    },
  );
}
