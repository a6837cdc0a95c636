import { join } from 'node:path';
import { writeFileAtomic } from '../host/atomic-file.js';
import { json } from '../host/records.js';
import { LAYOUT_VERSION } from '../zfs/zfs.js';
import { SENTINEL } from './sentinel-file.js';

/** Writes the file by which a directory is known as the bench's; nobody needs to change it. */
export async function writeSentinel(directory: string, bench: string): Promise<void> {
  await writeFileAtomic(join(directory, SENTINEL), json({ bench, layout: Number(LAYOUT_VERSION) }), {
    mode: 0o444,
  });
}
