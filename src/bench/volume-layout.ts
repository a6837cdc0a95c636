import { join } from 'node:path';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { benchesRoot } from '../host/environment.js';
import { SENTINEL } from './sentinel-file.js';

/** Where the data volumes of a pool lie; none of these places is ever mounted itself. */
export const VOLUMES = '_volumes';
/** Where the private copies lie that benches have of volumes attached with `--overlay`. */
export const OVERLAYS = '_overlays';
/** Where root volumes lie whose bench was dropped. */
export const PRESERVED = '_preserved';
/** Where the clones lie that exports are reading. */
export const EXPORTS = '_exports';

/** The directory of a filesystem volume that a bench sees: the sentinel stands beside it. */
export const DATA = 'data';

export function volumeDataset(pool: string, name: string): string {
  return `${pool}/${VOLUMES}/${name}`;
}

/** No bench and no volume has a dot in its name. */
export function overlayDataset(pool: string, bench: string, name: string): string {
  return `${pool}/${OVERLAYS}/${bench}.${name}`;
}

/** How a bench sees one of its volumes. */
export interface VolumeMount {
  name: string;
  mode: WantedVolume['mode'];
  /** What is mounted: the volume, or the private copy of it. */
  dataset: string;
  /** Its natural place, `/<dataset>`. */
  mountpoint: string;
  /** The part of it that the bench sees. */
  source: string;
  /** Below the directory of the bench, by a bind mount. */
  target: string;
  sentinel: string;
}

/** Pure. */
export function volumeMount(
  bench: Pick<BenchConfig, 'name'> & { volume: { pool: string } },
  { name, path, mode }: Pick<WantedVolume, 'name' | 'path' | 'mode'>,
): VolumeMount {
  const { pool } = bench.volume;
  const dataset = mode === 'overlay' ? overlayDataset(pool, bench.name, name) : volumeDataset(pool, name);
  const mountpoint = `/${dataset}`;
  return {
    name,
    mode,
    dataset,
    mountpoint,
    source: join(mountpoint, DATA),
    target: join(benchesRoot(), bench.name, path),
    sentinel: join(mountpoint, SENTINEL),
  };
}

/** Of every volume that a bench wants, in the order of bench.toml. Pure. */
export function volumeMounts(config: BenchConfig): VolumeMount[] {
  return config.volumes.map((wanted) => volumeMount(config, wanted));
}
