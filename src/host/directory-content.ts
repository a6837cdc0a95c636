import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Content of a directory, as far as decisions need it. */
export type Content = 'missing' | 'empty' | 'data';

/** A file in the place of a directory, and what may not be looked into, count as data. */
export async function contentOf(directory: string): Promise<Content> {
  try {
    return (await readdir(directory)).length === 0 ? 'empty' : 'data';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'missing';
    if (code === 'ENOTDIR' || code === 'EACCES') return 'data';
    throw error;
  }
}

/** Nothing, or nothing but empty directories. */
export async function holdsOnlyMountPoints(path: string): Promise<boolean> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isDirectory() || (await readdir(join(path, entry.name))).length > 0) return false;
  }
  return true;
}
