import type { Runner } from '../host/exec.js';
import { type PastAttachment, readRegistry, requireVolume } from '../registry/registry.js';
import { listSnapshots } from '../zfs/zfs.js';
import { type VolumeJson, volumeJson } from './volume-json.js';

/** What `bench volume show --json` prints: everything that is known of one volume. */
export interface VolumeDetails extends VolumeJson {
  mounted: boolean;
  /** Of what is encrypted; null for anything else. */
  keyLoaded: boolean | null;
  availableBytes: number;
  snapshots: { tag: string; createdAt: string; usedBytes: number; note: string | null; clones: string[] }[];
  /** Datasets that are clones of its snapshots. */
  clones: string[];
  /** The attachments that were, the newest first. */
  history: PastAttachment[];
  /** Properties that bench cannot read. */
  damaged: string[];
}

/** @throws UsageError `volume-missing`, `volume-ambiguous` */
export async function showVolume(runner: Runner, name: string): Promise<VolumeDetails> {
  const { volumes, ...registry } = await readRegistry(runner);
  const volume = requireVolume({ volumes, ...registry }, name);
  const snapshots = await listSnapshots(runner, volume.dataset);
  return {
    ...volumeJson(volume, volumes),
    mounted: volume.mounted,
    keyLoaded: volume.isEncrypted ? volume.lockedBy === undefined : null,
    availableBytes: volume.availableBytes,
    snapshots: snapshots.map(({ tag, createdAt, usedBytes, note, clones }) => ({
      tag,
      createdAt: createdAt.toISOString(),
      usedBytes,
      note: note ?? null,
      clones,
    })),
    clones: snapshots.flatMap(({ clones }) => clones),
    history: volume.history,
    damaged: volume.damaged,
  };
}
