import { constants, type FileHandle, lstat, open, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { BenchError, RefusedError, VolumeError } from '../errors.js';
import { ignoreMissing, systemErrorCode } from './files.js';
import { nameIn, openDirectory, removeEmpty, temporariesOf, temporaryOf } from './open-directory.js';
import { readSymlink, Trail } from './symlinks.js';

/** A FIFO would be waited for without O_NONBLOCK. */
const EXISTING_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Replaces a file in one step: whoever reads it, and a power cut at any moment, finds the old content or the new one.
 * Keeps the mode and owner of an existing file unless told otherwise (a new one gets 0644). A symlink is written
 * through when the directory of its target belongs to the owner of its own directory, and it is his own or root's.
 * Throws {@link RefusedError} `symlink-refused`, `not-a-file` or `owner-not-kept`, or {@link VolumeError}
 * `write-failed` (no space, no permission); then nothing was changed.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: { mode?: number; uid?: number; gid?: number } = {},
): Promise<void> {
  const target = await openTarget(path).catch((error) => {
    throw writeFailed(path, error);
  });
  const temporary = target.at(temporaryOf(target.name));
  try {
    await fillTemporary(temporary, content, options, await existing(target.at(target.name), path), path);
    await rename(temporary, target.at(target.name));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    await target.directory.close();
    throw writeFailed(path, error);
  }
  try {
    await target.directory.sync();
  } catch (cause) {
    throw new VolumeError('write-failed', `${path} was replaced, but the disk did not confirm it.`, {
      cause,
    });
  } finally {
    await target.directory.close();
  }
}

async function fillTemporary(
  temporary: string,
  content: string | Uint8Array,
  options: { mode?: number; uid?: number; gid?: number },
  old: { uid: number; gid: number; mode: number } | undefined,
  path: string,
): Promise<void> {
  const handle = await open(temporary, NEW_FILE, 0o600);
  try {
    await handle.writeFile(content);
    await setOwner(handle, { uid: options.uid ?? old?.uid, gid: options.gid ?? old?.gid }, path);
    // After the owner, because chown clears bits of the mode. Never setuid: content and bit may differ in origin.
    await handle.chmod((options.mode ?? old?.mode ?? 0o644) & 0o777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Removes what a killed {@link writeFileAtomic} may have left beside `path`. Only under a lock that every writer of
 * `path` takes: the file of a writer at work looks the same.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const target = await openTarget(path).catch((error) => {
    throw writeFailed(path, error);
  });
  try {
    const left = await temporariesOf(target.at('.'), target.name);
    for (const name of left) await unlink(target.at(name)).catch(() => undefined);
    await removeEmpty(target.at, left);
  } finally {
    await target.directory.close();
  }
}

/**
 * Reads a file by the rules that {@link writeFileAtomic} writes by: root reads nothing for the owner of a directory that
 * is not his, and waits for no FIFO. Undefined where there is none.
 * Throws {@link RefusedError} `symlink-refused` or `not-a-file`, {@link VolumeError} `read-failed`.
 */
export async function readFileCarefully(path: string): Promise<Buffer | undefined> {
  const handle = await openFileCarefully(path);
  if (handle === undefined) return undefined;
  try {
    return await handle.readFile();
  } catch (error) {
    throw readFailed(path, error);
  } finally {
    await handle.close();
  }
}

/** Opens a file as {@link readFileCarefully} does: for what is too large to be read at once. */
export async function openFileCarefully(path: string): Promise<FileHandle | undefined> {
  try {
    const target = await openTarget(path);
    try {
      return await openRegular(target, path);
    } finally {
      await target.directory.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw readFailed(path, error);
  }
}

async function openRegular(target: Target, path: string): Promise<FileHandle> {
  const handle = await open(target.at(target.name), EXISTING_FILE);
  try {
    const stat = await handle.stat();
    if (!stat.isFile())
      throw new RefusedError('not-a-file', `${path} is not a regular file; it was not read.`);
    if (stat.nlink > 1 && stat.uid !== (await target.directory.stat()).uid)
      throw new RefusedError(
        'not-a-file',
        `${path} is a hard link to a file of another user; it was not read.`,
      );
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function readFailed(path: string, error: unknown): unknown {
  if (error instanceof BenchError) return error;
  return new VolumeError('read-failed', `${path} could not be read (${(error as Error).message}).`, {
    cause: error,
    suggestions: [`Look at it: ls -ld ${dirname(path)} ${path}`],
  });
}

/**
 * Gives whatever is by this name another name in the same directory, replacing a file there; says whether there was
 * anything. Nothing of it is read: in a user's directory it may be a symlink.
 */
export async function setAside(path: string, name: string): Promise<boolean> {
  try {
    const directory = await openDirectory(dirname(path));
    try {
      await rename(nameIn(directory, path, basename(path)), nameIn(directory, path, name));
    } finally {
      await directory.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw writeFailed(path, error);
  }
}

interface Target {
  directory: FileHandle;
  name: string;
  /** A path to a name in the opened directory, whatever has been put in that directory's place meanwhile. */
  at(name: string): string;
}

async function openTarget(path: string): Promise<Target> {
  let target = targetIn(await openDirectory(dirname(path)), path);
  const owner = (await target.directory.stat()).uid;
  const trail = new Trail();
  for (;;) {
    const link = await readSymlink(target.at(target.name)).catch(async (error) => {
      await target.directory.close();
      throw error;
    });
    if (link === undefined) return trail.isEmpty ? target : await checkedTarget(target, path, owner, trail);
    const { leadsTo } = link;
    const from = leadsTo.startsWith('/') ? '' : await realpath(target.at('.'));
    await target.directory.close();
    if (!trail.follow(link.owner)) throw refuseSymlink(path, 'leads nowhere');
    // Not normalised: what `..` means after a symlink only the file system knows.
    const next = `${from}/${leadsTo}`;
    const directory = await openDirectory(dirname(next)).catch((error) => {
      throw error instanceof BenchError ? error : refuseSymlink(path, 'leads nowhere', error);
    });
    target = targetIn(directory, next);
  }
}

/** What a symlink led to, if that exists and its directory belongs to `owner`, as the symlink's does. */
async function checkedTarget(target: Target, path: string, owner: number, trail: Trail): Promise<Target> {
  try {
    if ((await lstat(target.at(target.name)).catch(ignoreMissing)) === undefined) {
      throw refuseSymlink(path, 'leads nowhere');
    }
    if (!trail.isOf(owner) || (await target.directory.stat()).uid !== owner) {
      throw refuseSymlink(path, 'leads to a directory of another user');
    }
    return target;
  } catch (error) {
    await target.directory.close();
    throw error;
  }
}

function targetIn(directory: FileHandle, path: string): Target {
  return { directory, name: basename(path), at: (name) => nameIn(directory, path, name) };
}

async function existing(path: string, shown: string) {
  const stat = await lstat(path).catch(ignoreMissing);
  if (stat !== undefined && !stat.isFile()) {
    throw new RefusedError('not-a-file', `${shown} is not a regular file; it was not replaced.`);
  }
  return stat;
}

async function setOwner(
  handle: FileHandle,
  wanted: { uid: number | undefined; gid: number | undefined },
  path: string,
): Promise<void> {
  const { uid, gid } = await handle.stat();
  const owner = { uid: wanted.uid ?? uid, gid: wanted.gid ?? gid };
  if (owner.uid === uid && owner.gid === gid) return;
  try {
    await handle.chown(owner.uid, owner.gid);
  } catch (cause) {
    throw new RefusedError(
      'owner-not-kept',
      `${path} belongs to user ${owner.uid}, group ${owner.gid}, which you may not give a new file to. ` +
        'Nothing was changed.',
      { cause, suggestions: ['Run the command as that user, or with sudo.'] },
    );
  }
}

function writeFailed(path: string, error: unknown): unknown {
  if (error instanceof BenchError) return error;
  const code = systemErrorCode(error);
  const message = code === 'EDQUOT' ? 'the quota is used up' : (error as Error).message;
  const next: Record<string, string> = {
    EACCES: 'Run the command as the owner of the directory, or with sudo.',
    EPERM: 'Run the command as the owner of the directory, or with sudo.',
    ENOSPC: `Make room on the file system: df -h ${dirname(path)}`,
    EDQUOT: `Make room within the quota: df -h ${dirname(path)}`,
    EROFS: `The file system is read-only: findmnt -T ${dirname(path)}`,
  };
  return new VolumeError('write-failed', `${path} could not be written (${message}). It is as it was.`, {
    cause: error,
    suggestions: [next[code ?? ''] ?? `Look at the directory: ls -ld ${dirname(path)}`],
  });
}

function refuseSymlink(path: string, why: string, cause?: unknown): RefusedError {
  return new RefusedError('symlink-refused', `${path} is a symlink that ${why}. Nothing was changed.`, {
    cause,
    suggestions: [`Put the file itself in its place: ls -l ${path}`],
  });
}
