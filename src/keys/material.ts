import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BenchError, RefusedError, VolumeError } from '../errors.js';
import { mountAt, readMounts } from '../host/mounts.js';
import { KEY_BYTES, KEY_DIRECTORY } from './place.js';

/** Which key it is: enough to tell it from any other, and nothing that would help to find it. */
export function fingerprint(key: Uint8Array): string {
  return createHash('sha256').update('bench key ').update(key).digest('hex').slice(0, 16);
}

export function newKey(): Uint8Array {
  return randomBytes(KEY_BYTES);
}

/**
 * A key of an operator's own, from a file of just these bytes that nobody but root may read.
 * @throws RefusedError `key-missing`, `key-invalid`, `key-exposed`
 */
export async function readRawKey(path: string): Promise<Uint8Array> {
  await refuseExposed(path);
  const key = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new VolumeError('key-not-read', `${path} cannot be read (${cause.code}).`, { cause });
  });
  requireKey(key, path);
  return key;
}

/** @throws RefusedError `key-missing`, `key-invalid`, `key-exposed` */
async function refuseExposed(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) {
    throw new RefusedError('key-missing', `The key is not there: ${path}. Nothing was changed.`, {
      suggestions: [`Bring back what it lies on: ls -l ${dirname(path)}`],
    });
  }
  if (!stats.isFile())
    throw new RefusedError('key-invalid', `${path} is no regular file. Nothing was changed.`);
  if (stats.uid === 0 && (stats.mode & 0o077) === 0) return;
  // A file system without owners, such as that of a USB stick, tells so by its mount options.
  throw new RefusedError(
    'key-exposed',
    `Others than root may read the key in ${path}. Nothing was changed.`,
    {
      suggestions: [
        `chown root: ${path} && chmod 600 ${path}`,
        'On a file system without owners: mount it with uid=0,umask=077.',
      ],
    },
  );
}

/** @throws RefusedError `key-invalid`; says nothing of what is in it */
export function requireKey(key: Uint8Array, from: string): void {
  if (key.length === KEY_BYTES) return;
  throw new RefusedError(
    'key-invalid',
    `What is in ${from} is no key: it has ${key.length} bytes, and a key has ${KEY_BYTES}. Nothing was changed.`,
    { suggestions: ['Name the file of the key, or the export of it.'] },
  );
}

/**
 * Puts a key where ZFS reads it. Only where that is memory that is not swapped.
 * @throws BenchError `key-directory-missing`
 */
export async function placeKey(key: Uint8Array, file: string): Promise<void> {
  await requireKeyDirectory();
  await writeWhole(file, key);
}

/** Whether there is memory for keys that are loaded. */
export async function hasKeyDirectory(): Promise<boolean> {
  const mount = mountAt(await readMounts(), KEY_DIRECTORY);
  return mount?.fstype === 'ramfs' || mount?.fstype === 'tmpfs';
}

async function requireKeyDirectory(): Promise<void> {
  if (await hasKeyDirectory()) return;
  throw new BenchError(
    'key-directory-missing',
    `${KEY_DIRECTORY} is not mounted: a key would be written to a disk.`,
    {
      suggestions: [
        'systemctl start run-bench-keys.mount',
        'bench init writes that unit where it is missing.',
      ],
    },
  );
}

export async function removePlacedKey(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** The key that lies there while it is loaded; undefined where none does. */
export async function placedKey(file: string): Promise<Uint8Array | undefined> {
  const key = await readFile(file).catch(() => undefined);
  return key?.length === KEY_BYTES ? key : undefined;
}

/** For root alone from its first byte on, as a whole or not at all, also after a power cut. Makes no directory. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(path), `.${path.slice(dirname(path).length + 1)}.${process.pid}`);
  await rm(temporary, { force: true });
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncDirectory(path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new VolumeError('write-failed', `${path} could not be written (${(cause as Error).message}).`, {
      cause,
      suggestions: [`ls -ld ${dirname(path)}`],
    });
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** For root alone; what is above it is for everybody, as it would be without it. */
export async function makeOwnDirectory(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { recursive: true, mode: 0o700 });
}
