import { volumeDataset } from '../bench/bench.js';

/**
 * - `root`: the dataset of a bench; made, kept and listed by itself
 * - `data`: made by `bench volume create`; outlives every bench
 * - `overlay`: the private copy of a data volume that one bench writes
 * - `preserved`: the dataset of a bench that was dropped
 */
export type VolumeRole = 'root' | 'data' | 'overlay' | 'preserved';
export type VolumeKind = 'filesystem' | 'block';
export type BlockFormat = 'raw' | 'ext4';
export type AttachMode = 'rw' | 'ro' | 'overlay';

export interface BenchAttachment {
  bench: string;
  /** Below the directory of the bench. */
  path: string;
  mode: AttachMode;
  /** ISO 8601, UTC. */
  since: string;
  /** `overlay`: what the bench can write, in bytes. */
  overlayBytes?: number | undefined;
}

/** A machine of another tool's: bench records it, and nothing else. */
export interface MachineAttachment {
  machine: string;
  drive: string;
  mode: 'rw' | 'ro';
  since: string;
}

export type Attachment = BenchAttachment | MachineAttachment;

/** An attachment that was. */
export type PastAttachment = Attachment & { until: string };

/** What stands in the properties of one dataset or zvol, and of it in ZFS. Sizes are bytes. */
export interface Volume {
  /** `<pool>/_volumes/<name>` */
  dataset: string;
  pool: string;
  name: string;
  role: VolumeRole;
  /** Stays with a data volume whatever it is called; of all others, ZFS's GUID. */
  id: string;
  kind: VolumeKind;
  /** Null for a filesystem. */
  format: BlockFormat | null;
  /** Whether it is whole; `deleting`: a delete was begun and has to come to its end. */
  state: 'whole' | 'half-made' | 'deleting';
  /** How it came into being, by bench's own mark; undefined where bench has left none. */
  madeBy: 'create' | 'clone' | 'import' | undefined;
  /** It has no mark at all, and is what this host was about to make when it was cut off. */
  wasNoted: boolean;
  /** Who is making it at this moment; undefined where it was left. */
  atWork: string | undefined;
  /** Several benches of one host may write it. */
  shared: boolean;
  /** Quota of a filesystem (0: none), volsize of a zvol. */
  sizeBytes: number;
  usedBytes: number;
  /** Of that, what is not only kept free for it. */
  writtenBytes: number;
  availableBytes: number;
  /** Space that is guaranteed to it. */
  reservedBytes: number;
  mountpoint: string;
  mounted: boolean;
  canmount: string;
  /** The dataset whose key has to be loaded first. */
  lockedBy: string | undefined;
  isEncrypted: boolean;
  /** `<dataset>@<tag>` of what it is a clone of. */
  origin: string | undefined;
  guid: string;
  createdAt: Date;
  /** `root`, `overlay`, `preserved`: the bench it belongs to, or did. */
  bench: string | undefined;
  /** `overlay`: the id of the volume that it is a private copy of. */
  overlayOf: string | undefined;
  /** The bench of another host that it is a copy of: it is being taken up here, or given over, and that was cut off. */
  copyOf?: string | undefined;
  /** When its bench was dropped, ISO 8601, UTC; of what was kept, and not taken up yet. */
  preservedAt?: string;
  description: string;
  labels: Record<string, string>;
  attachments: Attachment[];
  /** Those that were, the newest first. */
  history: PastAttachment[];
  /** Properties that cannot be read: written by somebody else, or by a newer bench. */
  damaged: string[];
}

/** A clone that an export reads, or that a killed one has left. */
export interface Export {
  dataset: string;
  pool: string;
  /** `<dataset>@<tag>` */
  origin: string | undefined;
  /** The unfinished file; undefined where ZFS had not recorded it yet. */
  part: string | undefined;
  atWork: string | undefined;
}

export function isBenchAttachment(attachment: Attachment): attachment is BenchAttachment {
  return 'bench' in attachment;
}

/** `bench shop (sites/files, rw)`, for people. */
export function describeAttachment(attachment: Attachment): string {
  return isBenchAttachment(attachment)
    ? `bench ${attachment.bench} (${attachment.path}, ${attachment.mode})`
    : `machine ${attachment.machine} (${attachment.drive}, ${attachment.mode})`;
}

/** Where a filesystem is mounted while it is used; the bench sees only `data` in it. */
export function volumeMountpoint(pool: string, name: string): string {
  return `/${volumeDataset(pool, name)}`;
}

/** The device that udev makes for a zvol. */
export function devicePath(dataset: string): string {
  return `/dev/zvol/${dataset}`;
}
