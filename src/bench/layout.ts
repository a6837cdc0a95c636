import { join } from 'node:path';
import type { BenchConfig } from '../config/config.js';
import { benchesRoot } from '../host/environment.js';
import { escapeInstance, instanceConfigPath, unitName } from '../mariadb/mariadb.js';
import { SENTINEL } from './sentinel-file.js';
import { type VolumeMount, volumeMounts } from './volume-layout.js';

/** Where units and drop-ins of the administrator's lie (systemd.unit(5)). */
export const UNIT_DIRECTORY = '/etc/systemd/system';

export type PartName = 'benches' | 'mariadb';

/** One directory of the host that lives in the dataset: the bench's files, or MariaDB's datadir. */
export interface Part {
  name: PartName;
  /** Inside the dataset, e.g. `/bench-pool/shop/mariadb`. */
  source: string;
  /** Where the host sees it through a bind mount, e.g. `/var/lib/mysql-shop`. */
  target: string;
  /** Where its content is gathered before it is renamed to `source` as a whole. */
  staging: string;
  /** Says that the original was moved aside and where to: what an interrupted migration resumes from. */
  stagingMark: string;
}

/** Every path and name that follows from a bench.toml. Pure. */
export interface Layout {
  dataset: string;
  mountpoint: string;
  parts: Record<PartName, Part>;
  /** How it sees the volumes that it wants, in the order of bench.toml. */
  volumes: VolumeMount[];
  unit: string;
  instanceConfigPath: string;
  dropInPath: (unit: string) => string;
}

export function layoutOf(config: BenchConfig): Layout {
  const { dataset, mountpoint } = config.volume;
  const part = (name: PartName, target: string): Part => ({
    name,
    source: join(mountpoint, name),
    target,
    staging: join(mountpoint, `.bench-incoming-${name}`),
    stagingMark: join(mountpoint, `.bench-incoming-${name}.json`),
  });
  return {
    dataset,
    mountpoint,
    parts: {
      benches: part('benches', join(benchesRoot(), config.name)),
      mariadb: part('mariadb', config.mariadb.dataDir),
    },
    volumes: volumeMounts(config),
    unit: unitName(config.mariadb.instance),
    instanceConfigPath: instanceConfigPath(config.mariadb.instance),
    dropInPath: (unit) => `${UNIT_DIRECTORY}/${unit}.d/50-bench-volume.conf`,
  };
}

/** The sentinels of a bench: the dataset's root and both directories in it. */
export function sentinels(layout: Layout): string[] {
  return [layout.mountpoint, layout.parts.benches.source, layout.parts.mariadb.source].map((dir) =>
    join(dir, SENTINEL),
  );
}

/**
 * What has to be seen before a unit of the bench may start: the dataset, and both directories where the unit uses
 * them. The sentinels inside the dataset would be there without the bind mounts, too.
 */
export function guardedPaths(layout: Layout): string[] {
  return [layout.mountpoint, layout.parts.benches.target, layout.parts.mariadb.target];
}

/** systemd's name for the mount at a path (systemd.mount(5)). */
export function mountUnit(path: string): string {
  return `${escapeInstance(path.replace(/^\/+|\/+$/g, ''))}.mount`;
}
