export type Backing = 'auto' | 'device' | 'image';
export type LockMode = 'auto' | 'backup-stage' | 'read-lock';

/** bench.toml, validated and with every default filled in. Sizes are bytes. */
export interface BenchConfig {
  /** Absolute path of bench.toml. */
  file: string;
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
  };
  snapshot: { lock: LockMode; lockTimeoutMs: number };
  verify: {
    /** What a proven snapshot must answer, as MariaDB prints it: columns parted by tabs, rows by newlines. */
    sql: { query: string; expect: string }[];
    maxAgeMs?: number;
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

export const DEFAULTS = {
  pool: 'bench-pool',
  port: 3307,
  backing: 'auto',
  lock: 'auto',
  lockTimeout: '10s',
} as const;

/** The image of a pool where bench.toml names no other. */
export function defaultImagePath(pool: string): string {
  return `/var/lib/bench-zfs/${pool}.img`;
}
