import { lstat, readdir } from 'node:fs/promises';
import { RefusedError } from '../errors.js';
import { holdsOnlyMountPoints } from '../host/directory-content.js';
import { parseFstab } from '../host/fstab.js';
import { type Mount, mountAt } from '../host/mounts.js';

/**
 * Directories of every Linux system (file-system hierarchy, systemd's file-hierarchy(7)), some of them empty:
 * a pool of such a name would be mounted over them, and what guards its mount point would make them immutable.
 */
const SYSTEM_DIRECTORIES: ReadonlySet<string> = new Set(
  (
    'afs bin boot dev efi etc export home lib lib32 lib64 libx32 lost+found media mnt net nix opt proc root run ' +
    'sbin selinux snap srv swap sys sysroot tmp usr var'
  ).split(' '),
);

/**
 * Why `/<pool>` must not become the mount point of a pool that bench makes or imports; undefined where it may. An
 * empty directory of root's that no mount uses is as good as none: an interrupted init leaves just that. Nor are empty
 * directories in it in the way of an import: a pool that is mounted elsewhere has the mount points of its benches there.
 */
export async function poolDirectoryObstacle(
  path: string,
  mounts: readonly Mount[],
  fstab: string,
  { isImported }: { isImported: boolean },
): Promise<string | undefined> {
  if (SYSTEM_DIRECTORIES.has(path.slice(1))) return 'is a directory of the system';
  const mount = mountAt(mounts, path);
  if (mount !== undefined) return `is a mount point already (${mount.fstype} ${mount.source})`;
  if (parseFstab(fstab).some(({ target }) => target === path)) return 'is a mount point in /etc/fstab';
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (stats === undefined) return undefined;
  if (!stats.isDirectory()) return 'exists and is no directory';
  if (stats.uid !== 0) return `exists and belongs to another user (${stats.uid})`;
  const isFree = isImported ? await holdsOnlyMountPoints(path) : (await readdir(path)).length === 0;
  return isFree ? undefined : 'exists and is not empty';
}

/** @throws RefusedError `pool-directory-taken` */
export function refusePoolDirectory(pool: string, obstacle: string | undefined): void {
  if (obstacle === undefined) return;
  throw new RefusedError(
    'pool-directory-taken',
    `Pool ${pool} would be mounted at /${pool}, which ${obstacle}. Nothing was changed.`,
    {
      suggestions: [
        'Set another volume.pool in bench.toml.',
        `If the pool exists and that is its place, import it yourself (zpool import ${pool}): bench uses it as it is.`,
      ],
    },
  );
}
