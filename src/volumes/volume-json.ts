import { join } from 'node:path';
import { DATA } from '../bench/bench.js';
import {
  type Attachment,
  attachmentOf,
  devicePath,
  type Volume,
  type VolumeKind,
  type VolumeRole,
} from '../registry/registry.js';

export type VolumeStatus = 'available' | 'attached' | 'incomplete';

/** A volume as `--json` prints it: bytes as integers, times ISO 8601 UTC. */
export interface VolumeJson {
  id: string;
  name: string;
  pool: string;
  dataset: string;
  role: VolumeRole;
  kind: VolumeKind;
  format: 'raw' | 'ext4' | null;
  shared: boolean;
  /** With a key of its own, or that of what it is a clone of. */
  encrypted: boolean;
  /** Of a filesystem: where its files lie while it is mounted. */
  path: string | null;
  /** Of a block volume. */
  device: string | null;
  /** The quota of a filesystem (0: none), the size of a block volume. */
  sizeBytes: number;
  usedBytes: number;
  reservedBytes: number;
  status: VolumeStatus;
  description: string;
  labels: Record<string, string>;
  attachments: Attachment[];
  createdAt: string;
  /** `<dataset>@<tag>` of what it is a clone of. */
  origin: string | null;
}

/** @param all every volume: of a private copy, the volume that it is one of says who has it */
export function volumeJson(volume: Volume, all: readonly Volume[]): VolumeJson {
  const isBlock = volume.kind === 'block';
  const attachments = attachmentsOf(volume, all);
  return {
    id: volume.id,
    name: volume.name,
    pool: volume.pool,
    dataset: volume.dataset,
    role: volume.role,
    kind: volume.kind,
    format: volume.format,
    shared: volume.shared,
    encrypted: volume.isEncrypted,
    path: isBlock ? null : volume.role === 'root' ? volume.mountpoint : join(volume.mountpoint, DATA),
    device: isBlock ? devicePath(volume.dataset) : null,
    sizeBytes: volume.sizeBytes,
    usedBytes: volume.usedBytes,
    reservedBytes: volume.reservedBytes,
    status: statusOf(volume, attachments),
    description: volume.description,
    labels: volume.labels,
    attachments,
    createdAt: volume.createdAt.toISOString(),
    origin: volume.origin ?? null,
  };
}

/** A private copy that nothing is attached to is left over from what was cut off. */
function statusOf(volume: Volume, attachments: readonly Attachment[]): VolumeStatus {
  if (volume.state !== 'whole' || volume.damaged.length > 0) return 'incomplete';
  if (attachments.length > 0) return 'attached';
  return volume.role === 'overlay' ? 'incomplete' : 'available';
}

function attachmentsOf(volume: Volume, all: readonly Volume[]): Attachment[] {
  const { role, bench } = volume;
  if (role === 'data') return volume.attachments;
  if (bench === undefined || role === 'preserved') return [];
  if (role === 'root') return [{ bench, path: '.', mode: 'rw', since: volume.createdAt.toISOString() }];
  const base = all.find(({ role: other, id }) => other === 'data' && id === volume.overlayOf);
  const attachment = base === undefined ? undefined : attachmentOf(base, { bench });
  return attachment?.mode === 'overlay' ? [attachment] : [];
}
