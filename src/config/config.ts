export type Backing = 'auto' | 'device' | 'image';
/**
 * Where the key of an encrypted bench comes from. A file is the operator's; of what is typed and of what systemd keeps
 * bench has a file under `name`, which clones share.
 */
export type KeySource =
  | { kind: 'file'; path: string }
  | { kind: 'prompt'; name: string }
  | { kind: 'credential'; name: string };

export type LockMode = 'auto' | 'backup-stage' | 'read-lock';

/** bench.toml, validated and with every default filled in. Sizes are bytes. */
export interface BenchConfig {
  /** Absolute path of bench.toml. */
  file: string;
  /** Only what init has recorded of the bench is known: its bench.toml, schedule included, is out of sight. */
  fromRecord?: true;
  name: string;
  mariadb: { instance: string; port: number; dataDir: string; socketPath: string };
  volume: {
    pool: string;
    /** `<pool>/<volume.name or bench.name>` */
    dataset: string;
    /** The dataset's natural mountpoint, `/<dataset>`. */
    mountpoint: string;
    backing: Backing;
    device?: string;
    image: { path: string; sizeBytes?: number };
    reservationBytes?: number;
    quotaBytes?: number;
    /** Of an encrypted bench; left out for one that is not. */
    key?: KeySource;
    /** The same as bench.toml writes it: it may leave the name out, or all of it. */
    keyAsWritten?: string;
    /** Undefined: nothing is said, and what the dataset has stays. */
    directIo?: boolean;
  };
  snapshot: { lock: LockMode; lockTimeoutMs: number };
  /** Where there is none, no snapshot takes itself. */
  schedule?: Schedule;
  /** Where there is none, nothing is copied to an object store. */
  offsite?: OffsiteConfig;
  /** Where there is none, no copy goes to another host. */
  replicate?: Replicate;
  verify: {
    /** What a proven snapshot must answer, as MariaDB prints it: columns parted by tabs, rows by newlines. */
    sql: { query: string; expect: string }[];
    maxAgeMs?: number;
    /** When the newest snapshot is proven by itself. */
    schedule?: Timing;
  };
  maintenance: { units: string[] };
  /** What a copy made by `bench clone` runs before it may act: files below the bench directory, or absolute paths. */
  clone: { sql: string[]; run: string[] };
  volumes: WantedVolume[];
}

/** What a bench wants of a data volume. */
export interface WantedVolume {
  name: string;
  /** Below the directory of the bench. */
  path: string;
  mode: 'rw' | 'ro' | 'overlay';
  /** It is made with this size where there is none. */
  sizeBytes?: number | undefined;
  /** `overlay`: what the bench can write. */
  overlayBytes?: number | undefined;
}

/** When something runs by itself. */
export interface Timing {
  /** As bench.toml says it. */
  text: string;
  /** The same as calendars of systemd (systemd.time(7)). */
  calendars: string[];
}

/** When snapshots take themselves, and which of these are kept. */
export interface Schedule {
  /** As bench.toml says it. */
  snapshot: string;
  /** The same as calendars of systemd (systemd.time(7)). */
  calendars: string[];
  /** Undefined where no rule is given: then all are kept. */
  policy?: Policy;
  /** Whether a run destroys what no rule keeps. */
  prune: boolean;
}

/** Another host that has a copy of the bench. */
export interface Replicate {
  /** As ssh knows it. */
  to: string;
  /** The dataset there that copies lie below; undefined where that host decides. */
  target?: string;
  /** Undefined where copies are sent by hand. */
  schedule?: Timing;
  /** At most so many a second. */
  bandwidthBytes?: number;
}

/** Copies in an object store. */
export interface OffsiteConfig {
  /** As bench.toml says it. */
  url: string;
  bucket: string;
  /** Ends with a slash, or is empty. */
  prefix: string;
  /** Undefined for Amazon's own. */
  endpoint?: string;
  region: string;
  /** An absolute path, or `credential:NAME`. */
  credentials: string;
  /** Public keys of age, one at least. */
  recipients: string[];
  /** When copies are made by themselves. */
  schedule?: Timing;
  /** Undefined where no rule is given: then all are kept. */
  policy?: Policy;
  fullEvery: { increments: number } | { ageMs: number };
  /** For how long nobody can delete a copy, in days; only where the bucket can do that. */
  lockDays?: number;
}

/** How many of each to keep, or all that are younger than a number of days. At least one number is above 0. */
export type Policy = Readonly<Record<KeepRule, number>> | { readonly days: number };

export const KEEP_RULES = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type KeepRule = (typeof KEEP_RULES)[number];

export const DEFAULTS = {
  pool: 'bench-pool',
  port: 3307,
  backing: 'auto',
  key: 'credential',
  lock: 'auto',
  lockTimeout: '10s',
  region: 'us-east-1',
  fullEvery: 30,
} as const;

/** The image of a pool where bench.toml names no other. */
export function defaultImagePath(pool: string): string {
  return `/var/lib/bench-zfs/${pool}.img`;
}
