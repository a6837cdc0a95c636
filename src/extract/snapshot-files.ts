import { lstat, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Layout } from '../bench/bench.js';
import { RefusedError, UsageError, VolumeError } from '../errors.js';
import { ignoreMissing } from '../host/files.js';
import { readMounts, showsDataset } from '../host/mounts.js';
import { onOneLine } from '../printable.js';

/** A file or directory of the bench as a snapshot holds it. */
export interface SnapshotFile {
  /** Below the bench's directory. */
  path: string;
  /** In the snapshot, which nobody can change. */
  source: string;
}

/**
 * The bench's directory in a snapshot, where ZFS shows it below the mounted dataset.
 * @throws VolumeError `dataset-unmounted`
 */
export async function benchesIn(layout: Layout, tag: string): Promise<string> {
  const { dataset, mountpoint, parts } = layout;
  if (showsDataset(await readMounts(), mountpoint, dataset, '/'))
    return join(mountpoint, '.zfs', 'snapshot', tag, parts.benches.name);
  throw new VolumeError('dataset-unmounted', `${dataset} is not mounted at ${mountpoint}.`, {
    suggestions: ['What is wrong, and what mends it: bench volume status'],
  });
}

/**
 * Finds what was named, as a path below the bench's directory or as one that leads there. No symlink is followed: one in
 * the snapshot could lead to any file of the host.
 * @throws UsageError `path-invalid`, `file-missing`; RefusedError `symlink-refused`
 */
export async function findFile(layout: Layout, benches: string, named: string): Promise<SnapshotFile> {
  const path = pathBelow(layout.parts.benches.target, named);
  let source = benches;
  const parts = path.split('/');
  for (const [index, part] of parts.entries()) {
    source = join(source, part);
    const found = await lstat(source).catch(ignoreMissing);
    if (found === undefined) {
      throw new UsageError('file-missing', `The snapshot holds no ${onOneLine(path)}. Nothing was changed.`, {
        suggestions: [`Look into it: ls ${join(source, '..')}`],
      });
    }
    if (!found.isSymbolicLink() || index === parts.length - 1) continue;
    throw new RefusedError(
      'symlink-refused',
      `${onOneLine(parts.slice(0, index + 1).join('/'))} is a symlink to ${onOneLine(await readlink(source))}, which is not followed. Nothing was changed.`,
      { suggestions: ['Name the path that it leads to, if that is below the directory of the bench.'] },
    );
  }
  return { path, source };
}

/**
 * A path below a directory, whichever way it was named. Pure.
 * @throws UsageError `path-invalid`
 */
export function pathBelow(directory: string, named: string): string {
  const path = named.startsWith('/') ? relative(directory, named) : named;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length > 0 && !parts.includes('..') && !named.includes('\0') && !isAbove(directory, named))
    return parts.join('/');
  throw new UsageError(
    'path-invalid',
    `${onOneLine(named)} is no path below ${directory}. Nothing was changed.`,
    { suggestions: ['Such as: --file sites/shop.example'] },
  );
}

function isAbove(directory: string, named: string): boolean {
  return named.startsWith('/') && named.split('/').includes('..') && !named.startsWith(`${directory}/`);
}
