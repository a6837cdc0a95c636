import { lstat, open, readFile, realpath, statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname } from 'node:path';

/** Whether there is anything by this name, a dangling symlink included; any failure but "no" is thrown. */
export async function exists(path: string): Promise<boolean> {
  const stat = await lstat(path).catch((error) =>
    error.code === 'ELOOP' ? undefined : ignoreMissing(error),
  );
  return stat !== undefined;
}

/** For `catch`: undefined for what is missing, be it below what is no directory; any other failure is thrown on. */
export function ignoreMissing(error: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  return undefined;
}

/** The name of what the system refused. Node has none for EDQUOT, which is what ZFS answers when a quota is used up. */
export function systemErrorCode(error: unknown): string | undefined {
  const { code, errno } = (error ?? {}) as NodeJS.ErrnoException;
  return errno === -constants.errno.EDQUOT ? 'EDQUOT' : code;
}

/** Bytes; undefined where there is no such file. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return (await lstat(path).catch(ignoreMissing))?.size;
}

/** When its content was changed the last time, in milliseconds since 1970; undefined where there is no such file. */
export async function changedAt(path: string): Promise<number | undefined> {
  return (await lstat(path).catch(ignoreMissing))?.mtimeMs;
}

/** The whole text; undefined where there is no such file. */
export function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(ignoreMissing);
}

/** Those of these files that exist, by path. */
export async function readFiles(paths: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const path of paths) {
    const text = await readText(path);
    if (text !== undefined) found.set(path, text);
  }
  return found;
}

/** Where a path leads; undefined where nowhere. */
export async function resolved(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : realpath(path).catch(() => undefined);
}

/** Free bytes of the file system that would hold this path: of its nearest directory that exists. */
export async function freeBytes(path: string): Promise<number> {
  let directory = path;
  while (!(await exists(directory))) directory = dirname(directory);
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/**
 * What was removed from a directory is gone for good from then on; a power cut may bring it back before (fsync(2)). Nothing
 * where there is no such directory.
 */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(ignoreMissing);
  try {
    await directory?.sync();
  } finally {
    await directory?.close();
  }
}
