/** What was read, or why it could not be: the rule of SPEC section 3 counts the second against the disk. */
export type Reading<T> = { value: T } | { unknown: string };

export function known<T>(value: T): Reading<T> {
  return { value };
}

export function unknown(why: string): { unknown: string } {
  return { unknown: why };
}

/** One row of lsblk. A reading is unknown when this util-linux misses the column or prints nonsense in it. */
export interface BlockDevice {
  name: string;
  /** The kernel's name: the directory in /sys/block for a whole device. */
  kname: string;
  path: string;
  pkname: string | null;
  type: Reading<string>;
  sizeBytes: Reading<number>;
  readOnly: Reading<boolean>;
  /** Its medium can be taken out: a stick, a card in a reader. */
  removable: Reading<boolean>;
  /** On a bus of which devices come and go, such as USB (lsblk(8), HOTPLUG). */
  hotplug: Reading<boolean>;
  /** `sata`, `nvme`, `usb`, `virtio` …; null where lsblk does not know. */
  transport: Reading<string | null>;
  fsType: Reading<string | null>;
  partitionTable: Reading<string | null>;
  mountpoints: Reading<string[]>;
  serial: Reading<string | null>;
  wwn: Reading<string | null>;
  model: string | null;
  rotational: boolean | null;
  /** The most one discard request may cover, in bytes; 0 where the device cannot trim. */
  discardMaxBytes: number | null;
  children: BlockDevice[];
}

/** One signature that wipefs (libblkid) finds on a device. */
export interface Signature {
  /** For instance `ext4`, `LVM2_member`, `zfs_member`, `gpt`, `PMBR`. */
  type: string;
  offset: string;
  label: string | null;
  uuid: string | null;
}

export type ReasonCode =
  | 'not-a-disk'
  | 'unknown-kind'
  | 'listed-twice'
  | 'read-only'
  | 'too-small'
  | 'removable'
  | 'ephemeral'
  | 'has-children'
  | 'has-signature'
  | 'mounted'
  | 'swap'
  | 'has-holders'
  | 'in-pool'
  | 'in-importable-pool'
  | 'shared-identity'
  | 'in-use'
  | 'needs-root'
  | 'unreadable';

/** Why a disk does not qualify. `code` is stable; `message` is one sentence without a final stop. */
export interface DiskReason {
  code: ReasonCode;
  message: string;
}

/** Everything that was read about one device: all that the decision knows. */
export interface DiskFacts {
  device: BlockDevice;
  /** More than one row of lsblk has this kernel name. */
  listedTwice: boolean;
  /** Paths of other disks that show the same WWN or serial. */
  twins: string[];
  signatures: Reading<Signature[]>;
  holders: Reading<string[]>;
  /** Paths of active swap areas of this host that lie on this device. */
  swaps: Reading<string[]>;
  exclusive: Reading<'free' | 'busy'>;
  importedPools: Reading<string[]>;
  importablePools: Reading<string[]>;
  /** Bench is not root and could not become it: what needs root was not read. */
  needsRoot: boolean;
}

/** A device as `bench volume discover` shows it. */
export interface Disk {
  path: string;
  /** A link in /dev/disk/by-id that leads to this disk, or null where there is none. */
  stablePath: string | null;
  /** 0 where the size could not be read. */
  sizeBytes: number;
  model: string | null;
  serial: string | null;
  transport: string | null;
  rotational: boolean | null;
  supportsTrim: boolean;
  /** There is no reason against it: `backing = "auto"` may take it. */
  qualifies: boolean;
  reasons: DiskReason[];
}
