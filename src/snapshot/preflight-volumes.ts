import type { JournalVolume, RestoreJournal } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { readRegistry } from '../registry/registry.js';
import { findDataset, listSnapshots, type OwnHold, poolOf } from '../zfs/zfs.js';
import { findMarked, type KeptCopy, keptNames, keptWith, liveOf } from './kept.js';
import { type Fate, fatesOf, membersOf } from './members.js';
import { refuseHeldOrCloned } from './obstacles.js';
import { preflightKeep, preflightUndo } from './preflight-swap.js';

/** What becomes of a volume of the bench. */
export interface VolumePreview {
  name: string;
  /** `restored`: as it was with the snapshot; `left`: as it is. */
  action: 'restored' | 'left';
  /** Why it is left. */
  reason: string | null;
  /** Its newer snapshots, which a rollback destroys; newest first. */
  destroys: string[];
  /** Bytes written since the snapshot that are lost. */
  lostBytes: number;
}

/** A volume that goes along. */
export type FoundVolume = Pick<JournalVolume, 'name' | 'dataset' | 'snapshotGuid'>;

export interface VolumesFound {
  previews: VolumePreview[];
  volumes: FoundVolume[];
  /** Holds of bench's own that end with the newer snapshots of volumes. */
  releases: OwnHold[];
}

/**
 * What a restore does to each volume of the bench, and what speaks against it. One that goes on does what it began with.
 * @throws RefusedError `snapshot-held`, `snapshot-cloned`, and those of {@link preflightKeep}
 */
export async function preflightVolumes(
  config: BenchConfig,
  runner: Runner,
  restore: {
    tag: string;
    mode: 'rollback' | 'keep';
    without: boolean;
    /** Of the restore that this one goes on with. */
    resumed: RestoreJournal | undefined;
    /** Of one whose place it takes: its volumes may stand somewhere else now. */
    replaced: RestoreJournal | undefined;
  },
): Promise<VolumesFound> {
  const { resumed, replaced } = restore;
  if (resumed !== undefined)
    return { previews: resumed.volumes.map(asRestored), volumes: resumed.volumes, releases: [] };
  if (config.volumes.length === 0 && (replaced?.volumes.length ?? 0) === 0)
    return { previews: [], volumes: [], releases: [] };
  const registry = await readRegistry(runner, [config.volume.pool]);
  const fates = await fatesOf(config, runner, { ...restore, registry });
  const found: VolumesFound = { previews: [], volumes: [], releases: [] };
  for (const fate of fates) {
    if (fate.action === 'left') found.previews.push(asLeft(fate));
    else await addRestored(config, runner, restore, fate, found);
  }
  return found;
}

async function addRestored(
  config: BenchConfig,
  runner: Runner,
  { tag, mode }: { tag: string; mode: 'rollback' | 'keep' },
  { name, dataset }: Fate,
  found: VolumesFound,
): Promise<void> {
  const snapshots = await listSnapshots(runner, dataset);
  const index = snapshots.findIndex((snapshot) => snapshot.tag === tag);
  const snapshot = snapshots[index];
  const live = await findDataset(runner, dataset);
  if (snapshot === undefined || live === undefined) throw new Error(`${dataset}@${tag} has gone meanwhile`);
  const newer = mode === 'rollback' ? snapshots.slice(0, index) : [];
  found.releases.push(...(await refuseHeldOrCloned(runner, newer, config.name)));
  if (mode === 'keep') await preflightKeep(runner, live, snapshots, snapshot);
  const written = mode === 'rollback' ? await writtenSince(runner, dataset) : 0;
  found.volumes.push({ name, dataset, snapshotGuid: snapshot.guid });
  found.previews.push({
    name,
    action: 'restored',
    reason: null,
    destroys: newer.map((each) => each.tag),
    lostBytes: newer.reduce((sum, { writtenBytes }) => sum + writtenBytes, written),
  });
}

/**
 * The volumes that an undo brings back: those that were set aside by the same restore. One that the bench does not write
 * any more is left as it is.
 */
export async function preflightUndoVolumes(
  config: BenchConfig,
  runner: Runner,
  kept: KeptCopy,
): Promise<VolumesFound> {
  const copies = await keptWith(runner, poolOf(config.volume.dataset), kept.keptAt);
  const found: VolumesFound = { previews: [], volumes: [], releases: [] };
  if (copies.length === 0) return found;
  const members = membersOf(config.name, await readRegistry(runner, [config.volume.pool]));
  for (const copy of copies) {
    const dataset = liveOf(copy);
    const name = dataset.slice(dataset.lastIndexOf('/') + 1);
    const member = members.find((each) => each.dataset === dataset);
    if (member === undefined) {
      found.previews.push(asLeft({ name, dataset, reason: 'the bench does not write it any more' }));
      continue;
    }
    const live = await findDataset(runner, dataset);
    const marked = await findMarked(runner, keptNames(dataset).kept);
    if (live !== undefined && marked !== undefined) await preflightUndo(runner, live, marked);
    found.volumes.push({ name: member.name, dataset, snapshotGuid: '' });
    found.previews.push(asRestored(member));
  }
  return found;
}

export function asRestored({ name }: { name: string }): VolumePreview {
  return { name, action: 'restored', reason: null, destroys: [], lostBytes: 0 };
}

function asLeft({ name, reason }: { name: string; dataset: string; reason: string }): VolumePreview {
  return { name, action: 'left', reason, destroys: [], lostBytes: 0 };
}

/** Bytes written since the newest snapshot (zfsprops(7), `written`). */
export async function writtenSince(runner: Runner, dataset: string): Promise<number> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-p', '-o', 'value', 'written', dataset],
  });
  return Number(stdout.trim());
}
