import { constants, type FileHandle, open } from 'node:fs/promises';
import { UsageError } from '../errors.js';
import { LARGEST_FILE } from './parse.js';

/** The bytes of a bench.toml. Throws {@link UsageError} `config-unreadable` where there is no such regular file. */
export async function readConfigFile(file: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK a FIFO in place of the file would block for ever.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) {
      const what = stat.isDirectory() ? 'a directory' : 'not a regular file';
      throw unreadable(file, `is ${what}`, 'Name the bench.toml itself.');
    }
    if (stat.size > LARGEST_FILE) {
      throw unreadable(
        file,
        `is ${stat.size} bytes large; a bench.toml has at most ${LARGEST_FILE}`,
        'Look what it really is.',
      );
    }
    return await handle.readFile();
  } catch (error) {
    throw explain(file, error);
  } finally {
    await handle?.close();
  }
}

function explain(file: string, error: unknown): unknown {
  if (error instanceof UsageError) return error;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return missingConfigFile(file, error);
    case 'EACCES':
    case 'EPERM':
      return unreadable(file, 'may not be read by you', `Look at its permissions: ls -l ${file}`, error);
    case 'ELOOP':
      return unreadable(file, 'is a symlink that leads nowhere', `Look where it leads: ls -l ${file}`, error);
    case undefined:
      return error;
    default:
      return unreadable(
        file,
        `cannot be read (${(error as Error).message})`,
        `Look at it: ls -l ${file}`,
        error,
      );
  }
}

/** The error for a bench.toml that is not there. */
export function missingConfigFile(file: string, cause?: unknown): UsageError {
  return unreadable(file, 'does not exist', 'Make one with: bench new NAME', cause);
}

function unreadable(file: string, what: string, suggestion: string, cause?: unknown): UsageError {
  return new UsageError('config-unreadable', `${file} ${what}.`, { suggestions: [suggestion], cause });
}
