import type { HostRecord, Layout, Part, PartName } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { Limits } from '../config/host-config.js';
import type { Disk, DiskContents } from '../disks/disks.js';
import type { Content } from '../host/directory-content.js';
import type { Mount } from '../host/mounts.js';
import type { OpenBy } from '../host/open-files.js';
import type { UnitState } from '../host/systemd.js';
import type { ZfsSupport } from '../host/zfs-support.js';
import type { AccountState } from '../mariadb/mariadb.js';
import type { Registry } from '../registry/registry.js';
import type { Dataset, ImportablePool, PoolSummary } from '../zfs/zfs.js';
import type { KeyFacts, KeyFlags } from './key-facts.js';

export interface PoolFacts extends PoolSummary {
  /** What it lies on, by the name in bench.toml or the record where that is still in the pool. */
  backingPath: string | undefined;
  datasets: Dataset[];
}

/** Everything that the plan of `bench init` decides on. Reading it changes nothing. */
export interface Facts {
  layout: Layout;
  software: SoftwareFacts;
  pool: PoolFacts | undefined;
  /** Pools of the configured name that could be imported; only looked for where none is imported. */
  importable: ImportablePool[];
  /** Why `/<pool>` must not become a mount point; only looked at where no pool is imported. */
  poolDirectoryObstacle: string | undefined;
  /** Only looked for where a pool has to be made. */
  disks: Disk[];
  /**
   * The disk that the operator wants cleared, or on which making the pool was cut off; and what is on it, that only
   * where a pool has to be made.
   */
  wipe: { path: string; contents: DiskContents | undefined; isUnfinished?: true } | undefined;
  /** What `volume.device` leads to: one disk has several names. */
  devicePath: string | undefined;
  rootFreeBytes: number;
  imageFreeBytes: number;
  imageBytes: number | undefined;
  dataset: Dataset | undefined;
  /** The dataset's properties that bench sets, as `zfs get -p` prints them. */
  properties: Record<string, string>;
  datasetVisible: boolean;
  /** It has no mark of any bench, and is what an init of this one was cut off making; empty, as far as it can be seen. */
  datasetIsUnfinished: boolean;
  /** Whether the ZFS in the kernel knows direct I/O (2.3 and later); undefined while it is not loaded. */
  knowsDirect: boolean | undefined;
  /** Whether a dataset in the pool, which may have been made by an older ZFS, can be compressed by zstd (2.0 and later). */
  knowsZstd: boolean;
  rootSentinel: boolean;
  parts: Record<PartName, PartFacts>;
  fstab: string;
  mounts: readonly Mount[];
  /** Files that bench writes outside the dataset, by path; undefined where there is none. */
  files: Map<string, string>;
  unit: UnitState;
  /** Those of `maintenance.units` that run. */
  activeUnits: string[];
  /** Those that are started at boot, and were not: their guard has kept them from it, or what they depend on. */
  heldBackUnits: string[];
  /** Those that an interrupted init has stopped. */
  stoppedUnits: string[];
  /** Files of units have changed since systemd has read them. */
  unitsStale: boolean;
  /** systemd knows the bind mounts from fstab; otherwise it has not read them, or they are not in it yet. */
  bindsKnown: boolean;
  listening: ReadonlySet<number>;
  /** The other benches of the host, set up or only configured. */
  others: BenchConfig[];
  /** What is recorded of those that are set up; only read where no pool is imported. */
  otherRecords: HostRecord[];
  record: HostRecord | undefined;
  /** Of the pool; only read where the bench wants volumes, or had some. */
  registry: Registry | undefined;
  limits: Limits;
  access: OperatorFacts;
  /** Only where bench.toml wants the bench encrypted. */
  key?: KeyFacts;
  missingStructure: string[];
  benchOwner: { uid: number; gid: number };
}

/** What of the host decides on the backing. */
export type BackingFacts = Pick<
  Facts,
  'pool' | 'disks' | 'wipe' | 'devicePath' | 'rootFreeBytes' | 'imageFreeBytes' | 'imageBytes' | 'record'
>;

/** Where one directory of the bench stands between the host and the dataset. */
export interface PartFacts {
  part: Part;
  /** What is mounted at the target now. */
  mount: 'none' | 'dataset' | { foreign: string };
  /** What lies at the target while nothing is mounted there; `unseen` below a mount. */
  target: Content | 'unseen';
  /** What the dataset holds; `ours` has the sentinel; `unseen` while the dataset is not mounted. */
  source: Content | 'ours' | 'unseen';
  /** Where an interrupted migration has put the original. */
  movedTo: string | undefined;
  /** What is to be brought in, or was moved aside, is no more than the bench.toml that `bench new` has made. */
  disposable: boolean;
  /** Only where there are files to bring in. */
  move: MoveFacts | undefined;
}

/** What bringing a directory into the dataset needs, and who could spoil it. */
export interface MoveFacts {
  usedBytes: number;
  /** What an interrupted copy has in the dataset already. */
  stagedBytes: number;
  writers: OpenBy[];
}

/** What the host has of the programs that a bench needs. */
export interface SoftwareFacts {
  missingPackages: string[];
  hasApt: boolean;
  zfs: ZfsSupport;
  /** An init that installed MariaDB has not come to its end. */
  heldBack: boolean;
  /** The default instance has data that a removed package has left; only looked for where MariaDB's is missing. */
  hasDefaultData: boolean;
  /** Database servers of the host that run; only looked for where MariaDB's package is missing. */
  otherServers: string[];
}

/** Users who may take snapshots of a bench without being root, and what they have for it. */
export interface OperatorFacts {
  operators: string[];
  /** `unknown` while MariaDB does not run; `denied` where it does not let root in by its socket. */
  accounts: (AccountState | 'unknown' | 'denied')[];
  /** The bench's lock can be taken by them, and by nobody else but root. */
  lockPermitted: boolean;
}

/** What the operator asks of one init beyond bench.toml. */
export interface InitFlags {
  /** The disk of `--wipe-device`: it is cleared and the pool made on it. */
  wipeDevice: string | undefined;
  /** Of `--operator`. */
  operators: readonly string[];
  /** Of an encrypted bench. */
  key?: KeyFlags | undefined;
}
