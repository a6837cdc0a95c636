import { constants, type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import { RefusedError } from '../errors.js';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Linux's O_PATH, which Node does not name: opens a directory that may be passed through but not listed. */
const O_PATH = 0o10000000;
const MOST_LINKS = 40;

/**
 * Opens a directory to work in. As root on Linux no symlink that a user could have made leads out of that user's own
 * directories: every part of the path is opened from the one before, and where a directory of another user holds a
 * symlink, the directory in the end must be that user's. Throws {@link RefusedError} `symlink-refused`, or what
 * open(2) says.
 */
export async function openDirectory(path: string): Promise<FileHandle> {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return open(await realpath(path), DIRECTORY);
  const { reached, linkOwners } = await walk(path);
  let directory: FileHandle;
  try {
    directory = await open(within(reached, '.'), DIRECTORY);
  } finally {
    await reached.close();
  }
  const { uid } = await directory.stat();
  if ([...linkOwners].every((owner) => owner === 0 || owner === uid)) return directory;
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

async function walk(path: string): Promise<{ reached: FileHandle; linkOwners: Set<number> }> {
  const linkOwners = new Set<number>();
  let pending = (path.startsWith('/') ? path : `${process.cwd()}/${path}`).split('/');
  let current = await open('/', O_PATH | constants.O_DIRECTORY);
  try {
    for (let links = 0; pending.length > 0; ) {
      const [name = '', ...rest] = pending;
      pending = rest;
      if (name === '' || name === '.') continue;
      const step = await openStep(within(current, name));
      if (typeof step !== 'string') {
        await current.close();
        current = step;
        continue;
      }
      if (++links > MOST_LINKS) throw Object.assign(new Error(`ELOOP: ${path}`), { code: 'ELOOP' });
      linkOwners.add((await current.stat()).uid);
      pending = [...step.split('/'), ...rest];
      if (!step.startsWith('/')) continue;
      await current.close();
      current = await open('/', O_PATH | constants.O_DIRECTORY);
    }
    return { reached: current, linkOwners };
  } catch (error) {
    await current.close();
    throw error;
  }
}

/** The opened directory, or where a symlink leads. */
async function openStep(path: string): Promise<FileHandle | string> {
  try {
    return await open(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (!['ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return readlink(path).catch(() => {
      throw error;
    });
  }
}
