import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeLeftovers, writeFileAtomic } from './atomic-file.js';

/**
 * Writes a file as a whole, and makes its directory. Only under a lock that every writer of it takes: what a killed one
 * has left beside the file is removed.
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  await writeFileAtomic(path, content);
}

/** As every record of bench's is written: for people, too. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
