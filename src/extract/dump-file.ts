import { link, lstat, open, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { RefusedError, VolumeError } from '../errors.js';
import { freeBytes } from '../host/files.js';
import { nameIn, openDirectory, temporariesOf, temporaryOf } from '../host/open-directory.js';
import { refuseNoSpace } from './space.js';

/**
 * Writes a new file for its owner alone, which has its name only when it is whole. What was there is never overwritten.
 * @param sizeBytes what it may take
 * @throws RefusedError `file-exists`, `no-space`; VolumeError `write-failed`
 */
export async function writeDump(
  path: string,
  sizeBytes: number,
  write: (fd: number) => Promise<unknown>,
): Promise<void> {
  const directory = await openDirectory(dirname(path)).catch((cause) => {
    throw new VolumeError(
      'write-failed',
      `${dirname(path)} cannot be opened (${(cause as Error).message}).`,
      {
        suggestions: [`mkdir ${dirname(path)}`],
        cause,
      },
    );
  });
  const at = (name: string) => nameIn(directory, path, name);
  const temporary = at(temporaryOf(basename(path)));
  try {
    const there = await lstat(at(basename(path))).catch(() => undefined);
    if (there !== undefined) {
      await unlinkSame(there.ino, await temporariesOf(at('.'), basename(path)), at);
      throw exists(path);
    }
    refuseNoSpace(dirname(path), await freeBytes(dirname(path)), sizeBytes, ['Name a file elsewhere.']);
    // What a killed run has left of the same file.
    for (const left of await temporariesOf(at('.'), basename(path)))
      await unlink(at(left)).catch(() => undefined);
    const file = await open(temporary, 'wx', 0o600);
    try {
      await write(file.fd);
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike a rename it fails for a name that is there.
    await link(temporary, at(basename(path))).catch((error) => {
      throw error.code === 'EEXIST' ? exists(path) : error;
    });
    await directory.sync();
  } finally {
    await unlink(temporary).catch(() => undefined);
    // It is a copy of somebody's data: a power cut must not bring it back.
    await directory.sync().catch(() => undefined);
    await directory.close();
  }
}

/** Of a run that was killed when the file had its name, and its first one still. */
async function unlinkSame(
  inode: number,
  temporaries: readonly string[],
  at: (name: string) => string,
): Promise<void> {
  for (const name of temporaries) {
    const left = await lstat(at(name)).catch(() => undefined);
    if (left?.ino === inode) await unlink(at(name)).catch(() => undefined);
  }
}

function exists(path: string): RefusedError {
  return new RefusedError(
    'file-exists',
    `${path} exists already; it is never overwritten. Nothing was changed.`,
    {
      suggestions: ['Choose another name.'],
    },
  );
}
