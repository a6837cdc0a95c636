import type { FileHandle } from 'node:fs/promises';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RefusedError } from '../errors.js';
import { contentOf } from './directory-content.js';
import { makeDirectory, openDirectory } from './open-directory.js';
import type { Owner } from './users.js';

/** What stands at a path below a user's directory that something is to be mounted over. */
export type TargetState =
  /** `parents`: those directories on the way that are not there either, the outermost first. */
  | { kind: 'missing'; parents: string[] }
  | { kind: 'empty' }
  | { kind: 'data' }
  /** `at`: what is in the way, itself or above it. */
  | { kind: 'symlink' | 'no-directory'; at: string };

/**
 * Looks at each part of a path below a directory; follows no symlink.
 * @param path relative, without `.` and `..`
 */
export async function lookBelow(directory: string, path: string): Promise<TargetState> {
  const parts = path.split('/');
  for (let length = 1; length <= parts.length; length += 1) {
    const at = join(directory, ...parts.slice(0, length));
    const stats = await lstat(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (stats === undefined) {
      const between = parts
        .slice(length - 1, -1)
        .map((_, index) => join(directory, ...parts.slice(0, length + index)));
      return { kind: 'missing', parents: between };
    }
    if (stats.isSymbolicLink()) return { kind: 'symlink', at };
    if (!stats.isDirectory()) return { kind: 'no-directory', at };
  }
  return (await contentOf(join(directory, path))) === 'empty' ? { kind: 'empty' } : { kind: 'data' };
}

/**
 * What speaks against mounting there.
 * @throws RefusedError `path-is-symlink`, `path-no-directory`, `path-holds-files`
 */
export function refuseTarget(target: string, state: TargetState): void {
  switch (state.kind) {
    case 'symlink':
      throw new RefusedError(
        'path-is-symlink',
        `${target} goes through the symlink ${state.at}, which could lead anywhere. Nothing was changed.`,
        { suggestions: [`Name the directory itself: ls -ld ${state.at}`] },
      );
    case 'no-directory':
      throw new RefusedError(
        'path-no-directory',
        `${state.at} is there and is no directory. Nothing was changed.`,
        {
          suggestions: ['Choose another path.'],
        },
      );
    case 'data':
      throw new RefusedError(
        'path-holds-files',
        `${target} holds files, which a volume mounted over it would hide. Nothing was changed.`,
        { suggestions: [`mv ${target} ${target}.aside, and copy what is in it into the volume afterwards`] },
      );
    default:
  }
}

/**
 * Makes the directory where it is missing, for its owner, and opens it: whatever a user puts in the place of a part of
 * its path, what is opened is the directory by this path that no symlink led to.
 * @throws RefusedError `path-is-symlink` and those of {@link refuseTarget}
 */
export async function openTarget(directory: string, path: string, owner: Owner): Promise<FileHandle> {
  const target = join(directory, path);
  const before = await lookBelow(directory, path);
  refuseTarget(target, before);
  if (before.kind === 'missing')
    for (const parent of [...before.parents, target]) await makeDirectory(parent, owner);
  const handle = await openDirectory(target);
  const found = await readlink(`/proc/self/fd/${handle.fd}`);
  if (found === target) return handle;
  await handle.close();
  refuseTarget(target, { kind: 'symlink', at: dirname(target) });
  throw new Error('not reached');
}
