import type { Layout } from '../bench/bench.js';
import type { FstabEntry } from '../host/fstab.js';
import type { Mount } from '../host/mounts.js';
import type { UnitState } from '../host/systemd.js';
import type { Registry } from '../registry/registry.js';
import type { KeptCopy } from '../snapshot/snapshot-orchestrator.js';
import type { Dataset, OwnHold, Snapshot } from '../zfs/zfs.js';
import type { Subject } from './subject.js';

/** What becomes of the dataset of a bench that is dropped. */
export type Storage = 'destroyed' | 'preserved' | 'none' | 'lost';

/** Everything that the plan of a drop is made from. Reading it changes nothing. */
export interface DropFacts extends Subject {
  layout: Layout;
  /** Whether the dataset is to be kept. */
  preserve: boolean;
  /** The sweep of clones drops it. */
  unattended: boolean;
  /** Its pool is lost for good, as the operator says and the host does not contradict. */
  isLost: boolean;
  now: Date;
  /** Of its pool; empty where that is not imported. */
  registry: Registry;
  /** At its place, and by its marks the bench's; undefined where there is none (any more). */
  dataset: Dataset | undefined;
  /** Of the pool's own dataset. */
  freeBytes: number;
  /** Where it was kept by a drop that was cut off. */
  preserved: { dataset: string; isMarked: boolean } | undefined;
  /** Newest first. */
  snapshots: Snapshot[];
  /** What `restore-snapshot --keep` has set aside of it, and of volumes with it. */
  kept: KeptCopy | undefined;
  keptVolumes: string[];
  /** Bench's own, for copies elsewhere, on what would be destroyed. */
  ownHolds: OwnHold[];
  /** The snapshot that was taken for it, and is needed by nobody else. */
  origin: string | undefined;
  mounts: readonly Mount[];
  fstab: readonly FstabEntry[];
  /** Files of bench's own outside of the dataset, as far as they are there. */
  files: string[];
  /** MariaDB's unit, its helpers, the timer and its service, own units: each as systemd knows it. */
  units: { database: Unit[]; schedule: Unit[]; own: Unit[] };
  /** Directories that were mounted over; nothing else may be in them. */
  directories: string[];
  /** There is nothing in the bench's directory, which is not mounted, but this bench.toml. */
  plainConfig: string | undefined;
  /** Directories with files that never came into the dataset, or were left aside when they did. They stay. */
  originals: string[];
}

export interface Unit {
  unit: string;
  state: UnitState;
}
