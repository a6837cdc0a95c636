import type { FileHandle } from 'node:fs/promises';
import { UsageError } from '../errors.js';
import { openFileCarefully } from '../host/atomic-file.js';
import { HEAD_BYTES } from './identify.js';

/** By what a file is known again: whoever changes it, or puts another in its place, changes one of these (inode(7)). */
export interface Stamp {
  dev: string;
  ino: string;
  sizeBytes: number;
  modifiedNs: string;
  changedNs: string;
}

export interface Source {
  file: string;
  stamp: Stamp;
}

/**
 * Opens a file that is to be taken in, by the rules of every file that root reads for somebody.
 * @throws UsageError `file-missing`; RefusedError `not-a-file`, `symlink-refused`
 */
export async function openSource(file: string): Promise<FileHandle> {
  const handle = await openFileCarefully(file);
  if (handle !== undefined) return handle;
  throw new UsageError('file-missing', `There is no file ${file}. Nothing was changed.`);
}

export async function stampOf(handle: FileHandle): Promise<Stamp> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true });
  return {
    dev: String(dev),
    ino: String(ino),
    sizeBytes: Number(size),
    modifiedNs: String(mtimeNs),
    changedNs: String(ctimeNs),
  };
}

export async function isSameFile(handle: FileHandle, { stamp }: Source): Promise<boolean> {
  const now = await stampOf(handle);
  return (Object.keys(stamp) as (keyof Stamp)[]).every((key) => now[key] === stamp[key]);
}

export async function readHead(handle: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}
