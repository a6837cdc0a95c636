import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DATA } from '../../bench/bench.js';
import { writeVolumeSentinel } from '../../registry/registry.js';
import type { Kind } from '../kind.js';

/** What lies in a filesystem volume from the beginning: the directory that benches see, and the sentinel beside it. */
export interface VolumeFurnish {
  kind: 'volume.furnish';
  mountpoint: string;
  id: string;
}

export const volumeFurnish: Kind<VolumeFurnish> = {
  describe: ({ mountpoint }) => `Make the directory and the sentinel of ${mountpoint}`,
  commands: () => [],
  apply: async ({ mountpoint, id }) => {
    // What a clone has from its origin stays.
    await mkdir(join(mountpoint, DATA), { recursive: true, mode: 0o755 });
    await writeVolumeSentinel(mountpoint, id);
  },
};
