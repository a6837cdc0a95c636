import { rm } from 'node:fs/promises';
import { dropOriginal, type Part } from '../../bench/bench.js';
import type { Kind } from '../kind.js';

export interface OriginalDrop {
  kind: 'original.drop';
  part: Part;
  /** Where the original was moved, which is no more than the bench.toml that `bench new` has made. */
  aside: string;
}

export const originalDrop: Kind<OriginalDrop> = {
  describe: ({ aside }) => `Remove ${aside}, which holds only the bench.toml that is in the dataset now`,
  commands: () => [],
  apply: async ({ part, aside }, { report }) => {
    if (!(await dropOriginal(aside, part.source))) report(`${aside} stays: it holds more than that`);
    // Last: until then the next init finds it, and comes back to this.
    await rm(part.stagingMark, { force: true });
  },
};
