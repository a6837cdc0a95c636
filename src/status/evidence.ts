import type { GuardJournal, HostFile, HostRecord, RestoreJournal, Superseded } from '../bench/bench.js';
import type { RefusedError } from '../errors.js';
import type { FstabEntry } from '../host/fstab.js';
import type { Mount } from '../host/mounts.js';
import type { UnitState } from '../host/systemd.js';
import type { Registry } from '../registry/registry.js';
import type { CopyRecord } from '../replicate/replicate.js';
import type { ScheduleStatus } from '../schedule/schedule.js';
import type { KeptCopy, Proof } from '../snapshot/snapshot-orchestrator.js';
import type { Job, JobFiles, JobStates } from '../timers/timers.js';
import type { Dataset, Encryption, ImportablePool, PoolCondition, PoolSummary } from '../zfs/zfs.js';

/** What is known beyond the status itself. */
export interface Evidence {
  mounts: readonly Mount[];
  fstab: readonly FstabEntry[];
  record: HostRecord | undefined;
  pool: PoolSummary | undefined;
  /** Pools of this name that could be imported; undefined where that could not be found out (it takes root). */
  importable: readonly ImportablePool[] | undefined;
  /** Whether what the pool lies on is there. */
  backingPresent: boolean;
  dataset: Dataset | undefined;
  /** The pool's root dataset and all directly below it. */
  datasets: readonly Dataset[];
  /** The volumes of the pool; undefined where the bench has none. */
  registry: Registry | undefined;
  /** How the pool's disks are; undefined where there is no pool. */
  condition: PoolCondition | undefined;
  now: Date;
  /**
   * What proofs of the snapshots have found, the newest snapshot first; those that were never looked into are not in it.
   * Only asked for where bench.toml wants snapshots to be proven.
   */
  proofs: readonly Proof[];
  /** What `undo-restore` would bring back. */
  kept: KeptCopy | undefined;
  /** Something that is no directory lies where the dataset belongs. */
  mountpointBlocked: boolean;
  /** What bench writes on the host, and what of it is there. */
  hostFiles: readonly HostFile[];
  files: ReadonlyMap<string, string>;
  unit: UnitState;
  /** When the settings of the instance were changed, and the server was started; milliseconds since 1970. */
  settings: { changedAt: number | undefined; readAt: number | undefined };
  /** Of the key of an encrypted bench; left out for one that is not. */
  key?: KeyEvidence | undefined;
  /** Of `maintenance.units`. */
  others: readonly { name: string; state: UnitState }[];
  upgrade: { name: string; state: UnitState };
  schedule?: ScheduleEvidence | undefined;
  /** What else the bench does by itself, or did. */
  jobs: readonly JobEvidence[];
  /** Undefined where no copy goes to another host, and none has taken the bench up. */
  copies?: CopyEvidence | undefined;
}

/** What is written down of copies on another host. */
export interface CopyEvidence {
  /** Undefined where bench.toml names no host, or is out of sight. */
  to: string | undefined;
  record: CopyRecord | undefined;
  superseded: Pick<Superseded, 'by' | 'epoch' | 'since' | 'follows'> | undefined;
}

/** What is known of the key of an encrypted bench. */
export interface KeyEvidence {
  /** Undefined where the dataset is not there, or is not encrypted. */
  encryption: Encryption | undefined;
  /** Whether it lies where it belongs for good. */
  isStored: boolean;
  /** A rotation was cut off. */
  isRotating: boolean;
  unit: UnitState;
}

/** What is known of something that a bench does by itself. */
export interface JobEvidence {
  job: Pick<Job, 'config' | 'name' | 'table' | 'key' | 'argv'>;
  files: JobFiles;
  units: JobStates;
}

/** What is known of the schedule of a bench; there need not be one. */
export interface ScheduleEvidence {
  /** Null where there is none, nor anything left of one. */
  status: ScheduleStatus | null;
  files: JobFiles;
  units: JobStates;
  /** When the last run said that the next one is due. */
  dueAt: Date | undefined;
  /** Until when the clock is behind what it was, as the last run has found. */
  behindUntil: Date | undefined;
}

/** A restore or an undo that did not come to its end. */
export interface Interrupted {
  restore?: Pick<RestoreJournal, 'mode' | 'tag'> | undefined;
  /** Why the journal that would tell cannot be read. */
  unreadable?: RefusedError;
  /** A guarded change that failed and was left, or was cut off; not one that is going on. */
  guard?: GuardJournal | undefined;
  /** The command that finishes what makes a bench of it, or its end, which was cut off. */
  bench?: { code: 'drop-unfinished' | 'take-up-unfinished'; message: string; fix: string } | undefined;
}
