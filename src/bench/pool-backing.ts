import { type DeviceNames, hostFacts } from '../disks/disks.js';

/**
 * What a pool that is imported lies on: the name that is known of it, as long as that is in the pool, else the pool's own
 * first device (the disk was replaced, or never was the pool's). Undefined where neither is known.
 * @param devices as ZFS reports them: partitions, links unresolved, and numbers for disks that are gone
 * @param known names from bench.toml and the record, the one that counts first
 */
export function poolBacking(
  devices: readonly string[],
  known: readonly (string | undefined)[],
  host: DeviceNames = hostFacts,
): string | undefined {
  const paths = devices.filter((device) => device.startsWith('/')).map(wholeDisk);
  const [first] = paths;
  if (first === undefined) return known.find((name) => name !== undefined);
  const isInPool = (name: string) =>
    paths.some((path) => path === name || (host.resolve(path) ?? path) === host.resolve(name));
  const named = known.find((name): name is string => name !== undefined && isInPool(name));
  return named ?? host.stablePaths().get(host.resolve(first) ?? first) ?? first;
}

/** ZFS partitions a whole disk and reports its first partition: `vdb1`, `nvme0n1p1`, `virtio-DATA-part1`. */
export function wholeDisk(partition: string): string {
  if (!partition.startsWith('/dev/')) return partition;
  return partition
    .replace(/-part1$/, '')
    .replace(/^(\/dev\/(?:sd|vd|xvd)[a-z]+)1$/, '$1')
    .replace(/^(\/dev\/(?:nvme\d+n\d+|mmcblk\d+))p1$/, '$1');
}
