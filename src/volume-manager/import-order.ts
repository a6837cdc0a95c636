import { dirname } from 'node:path';
import { type HostFile, mountUnit, UNIT_DIRECTORY } from '../bench/bench.js';
import type { Mount } from '../host/mounts.js';
import type { Backing } from './backing.js';

/** Whichever of the two a host uses: one with a cache file, the other without. */
const IMPORT_SERVICES = ['zfs-import-cache.service', 'zfs-import-scan.service'] as const;

/** Mounted behind the network, which itself waits for the local file systems, ZFS among them: no order would do. */
const NETWORK = /^(nfs4?|cifs|smb3|ceph|glusterfs|9p|fuse\..*)$/;

/** Where the drop-ins of a pool lie, whether they are needed or not. */
export function importDropInPaths(pool: string): string[] {
  return IMPORT_SERVICES.map((service) => `${UNIT_DIRECTORY}/${service}.d/50-bench-${pool}.conf`);
}

/** Those drop-ins where they are needed, none elsewhere. Pure. */
export function importOrder(
  pool: string,
  backing: Pick<Backing, 'kind' | 'path'>,
  mounts: readonly Mount[],
): HostFile[] {
  const content = importDropIn(backing, mounts);
  if (content === undefined) return [];
  const purpose = 'the image is mounted before pools are imported';
  return importDropInPaths(pool).map((path) => ({ path, content, purpose }));
}

/**
 * A drop-in for the import of pools, where the image lies on another file system than `/`: it has to be mounted by
 * then. Wanted and not required: without it other pools are to be imported all the same. Pure.
 */
export function importDropIn(
  backing: Pick<Backing, 'kind' | 'path'>,
  mounts: readonly Mount[],
): string | undefined {
  if (backing.kind !== 'image') return undefined;
  const directory = `${dirname(backing.path)}/`;
  const above = mounts.filter(
    ({ target, fstype }) => target !== '/' && directory.startsWith(`${target}/`) && !NETWORK.test(fstype),
  );
  if (above.length === 0) return undefined;
  const units = [...new Set(above.map(({ target }) => mountUnit(target)))].join(' ');
  return `# Written by bench init: the image ${backing.path} has to be in sight when pools are imported.
[Unit]
Wants=${units}
After=${units}
`;
}
