import { join } from 'node:path';
import { SENTINEL } from '../bench/bench.js';
import { writeFileAtomic } from '../host/atomic-file.js';
import { json } from '../host/records.js';

/** Writes the file by which a volume is known where it is mounted: by its id, for a name may change. */
export async function writeVolumeSentinel(mountpoint: string, id: string): Promise<void> {
  await writeFileAtomic(join(mountpoint, SENTINEL), json({ volume: id }), { mode: 0o444 });
}
