import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeLeftovers, writeFileAtomic } from './atomic-file.js';
import { readText } from './files.js';

/**
 * Writes a file as a whole, and makes its directory. Only under a lock that every writer of it takes: what a killed one
 * has left beside the file is removed.
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  await writeFileAtomic(path, content);
}

/**
 * What bench has written into a file of its own.
 * @param parse throws for what it does not know: a record that is damaged, or from a newer bench
 * @param refused what is told then; it is never guessed at
 * @returns undefined where there is no such file
 */
export async function readRecord<T>(
  path: string,
  parse: (value: unknown) => T,
  refused: (cause: unknown, text: string) => Error,
): Promise<T | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    throw refused(cause, text);
  }
}

/** As every record of bench's is written: for people, too. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
