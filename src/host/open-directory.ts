import {
  constants,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rmdir,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BenchError, RefusedError, VolumeError } from '../errors.js';
import { readSymlink, Trail } from './symlinks.js';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Linux's O_PATH, which Node does not name: opens a directory that may be passed through but not listed. */
const O_PATH = 0o10000000;

/**
 * Opens a directory to work in. As root on Linux no symlink that a user could have made leads out of that user's own
 * directories: every part of the path is opened from the one before, and where a symlink is a user's, or lies in a
 * directory of one, the directory in the end must be that user's. Throws {@link RefusedError} `symlink-refused`, or what
 * open(2) says.
 */
export async function openDirectory(path: string): Promise<FileHandle> {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return open(await realpath(path), DIRECTORY);
  const { reached, trail } = await walk(path);
  let directory: FileHandle;
  try {
    directory = await open(within(reached, '.'), DIRECTORY);
  } finally {
    await reached.close();
  }
  const { uid } = await directory.stat();
  if (trail.isOf(uid)) return directory;
  await directory.close();
  throw new RefusedError(
    'symlink-refused',
    `${path} goes through a symlink of a user to a directory of another user. Nothing was changed.`,
    { suggestions: [`See where it leads: namei -l ${path}`] },
  );
}

/** The path of a name in an opened directory, whatever has been put in that directory's place since. */
export function within(directory: FileHandle, name: string): string {
  return `/proc/self/fd/${directory.fd}/${name}`;
}

/**
 * Makes a directory for its owner in one that may be a user's, who can put anything in any place at any time: it appears
 * when it has its owner. What an interrupted run has left is removed.
 * Throws {@link RefusedError} `symlink-refused` or {@link VolumeError} `write-failed`.
 * @returns false where there is something by that name already
 */
export async function makeDirectory(
  path: string,
  owner: { uid: number; gid: number } | undefined,
): Promise<boolean> {
  const parent = await openDirectory(dirname(path)).catch((error) => {
    throw notMade(path, error);
  });
  const at = (name: string) => nameIn(parent, path, name);
  const temporary = at(temporaryOf(basename(path)));
  try {
    // Also where there is one by now: nobody else would remove them.
    await removeEmpty(at, await temporariesOf(at('.'), basename(path)));
    if (await lstat(at(basename(path))).catch(() => undefined)) return false;
    await mkdir(temporary);
    const made = await open(temporary, DIRECTORY);
    try {
      // A directory of somebody else's that was put in its place since must not change hands.
      if ((await readdir(temporary)).length > 0) throw new Error('it was replaced meanwhile');
      if (owner !== undefined) await made.chown(owner.uid, owner.gid);
    } finally {
      await made.close();
    }
    await rename(temporary, at(basename(path)));
    return true;
  } catch (error) {
    await rmdir(temporary).catch(() => undefined);
    throw notMade(path, error);
  } finally {
    await parent.close();
  }
}

/** A killed {@link makeDirectory} leaves an empty one: what holds something is none of ours. */
export async function removeEmpty(at: (name: string) => string, names: readonly string[]): Promise<void> {
  for (const name of names) await rmdir(at(name)).catch(() => undefined);
}

/** A hidden name beside `name` that nobody can have guessed. */
export function temporaryOf(name: string): string {
  // The global one: importing node:crypto costs every command a tenth of what Node itself costs.
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString('hex');
  return `.${name}.${random}.bench-tmp`;
}

/** The names in a directory that {@link temporaryOf} may have given for `name`. */
export async function temporariesOf(directory: string, name: string): Promise<string[]> {
  const prefix = `.${name}.`;
  return (await readdir(directory)).filter(
    (entry) => entry.startsWith(prefix) && /^[0-9a-f]{12}\.bench-tmp$/.test(entry.slice(prefix.length)),
  );
}

/** The error for a directory that could not be made; one that says what happened already stays as it is. */
export function notMade(path: string, error: unknown): unknown {
  if (error instanceof BenchError) return error;
  const message = `The directory ${path} could not be made (${(error as Error).message}).`;
  return new VolumeError('write-failed', message, {
    cause: error,
    suggestions: [`Look at what is there: ls -ld ${dirname(path)} ${path}`],
  });
}

/** The path of a name in the opened directory of `path`. Linux only: elsewhere the path itself has to do. */
export function nameIn(directory: FileHandle, path: string, name: string): string {
  return process.platform === 'linux' ? within(directory, name) : join(dirname(path), name);
}

/** Opens every part of a path from the one before, as far as it leads. */
async function walk(path: string): Promise<{ reached: FileHandle; trail: Trail }> {
  const trail = new Trail();
  let pending = (path.startsWith('/') ? path : `${process.cwd()}/${path}`).split('/');
  let current = await open('/', O_PATH | constants.O_DIRECTORY);
  try {
    while (pending.length > 0) {
      const [name = '', ...rest] = pending;
      pending = rest;
      if (name === '' || name === '.') continue;
      const step = await openStep(within(current, name));
      if (!('leadsTo' in step)) {
        await current.close();
        current = step;
        continue;
      }
      // Also the link's own: root's directory may be one that others can write to.
      if (!trail.follow((await current.stat()).uid, step.owner))
        throw Object.assign(new Error(`ELOOP: ${path}`), { code: 'ELOOP' });
      pending = [...step.leadsTo.split('/'), ...rest];
      if (!step.leadsTo.startsWith('/')) continue;
      await current.close();
      current = await open('/', O_PATH | constants.O_DIRECTORY);
    }
    return { reached: current, trail };
  } catch (error) {
    await current.close();
    throw error;
  }
}

/** The opened directory, or where a symlink leads. */
async function openStep(path: string): Promise<FileHandle | { leadsTo: string; owner: number }> {
  try {
    return await open(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (!['ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    const link = await readSymlink(path);
    if (link === undefined) throw error;
    return link;
  }
}
