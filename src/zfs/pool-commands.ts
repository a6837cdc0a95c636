import type { Command } from '../host/exec.js';

export interface NewPool {
  pool: string;
  /** A whole disk by its stable name, or a preallocated file. */
  vdev: string;
  backing: 'device' | 'image';
  /** Whether the device can trim. */
  trim: boolean;
}

/**
 * Creates a pool on one vdev, never with `-f` (SPEC section 3): ZFS's own refusal of a disk with something on it is
 * the last safeguard. An image is never trimmed: that would punch holes into what was preallocated.
 */
export function createPool(o: NewPool): Command {
  const autotrim = o.backing === 'device' && o.trim ? ['-o', 'autotrim=on'] : [];
  return {
    argv: ['zpool', 'create', '-o', 'ashift=12', ...autotrim, '-O', `mountpoint=/${o.pool}`, o.pool, o.vdev],
    privileged: true,
  };
}

export interface PoolToImport {
  pool: string;
  /** By its GUID: two pools may carry one name. */
  guid: string;
  /** Directory of the image; undefined for disks. */
  searchDir: string | undefined;
}

export function importPool(o: PoolToImport): Command {
  const dirs = o.searchDir === undefined ? ['/dev/disk/by-id', '/dev'] : [o.searchDir];
  return { argv: ['zpool', 'import', ...dirs.flatMap((dir) => ['-d', dir]), o.guid], privileged: true };
}

export function poolGuid(pool: string): Command {
  return { argv: ['zpool', 'get', '-H', '-p', '-o', 'value', 'guid', pool] };
}
