import { join } from 'node:path';
import { writeFileAtomic } from '../host/atomic-file.js';
import { readText } from '../host/files.js';
import { json } from '../host/records.js';
import { LAYOUT_VERSION } from '../zfs/zfs.js';
import { SENTINEL } from './sentinel-file.js';

/** Writes the file by which a directory is known as the bench's; nobody needs to change it. */
export async function writeSentinel(directory: string, bench: string): Promise<void> {
  await writeFileAtomic(join(directory, SENTINEL), json({ bench, layout: Number(LAYOUT_VERSION) }), {
    mode: 0o444,
  });
}

/** The bench that a directory belongs to by its sentinel; undefined where there is none that can be read. */
export async function benchOfSentinel(directory: string): Promise<string | undefined> {
  const text = await readText(join(directory, SENTINEL));
  try {
    const { bench } = JSON.parse(text ?? '{}') as { bench?: unknown };
    return typeof bench === 'string' ? bench : undefined;
  } catch {
    return undefined;
  }
}
