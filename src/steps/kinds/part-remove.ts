import { unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ignoreMissing } from '../../host/files.js';
import { openDirectory, within } from '../../host/open-directory.js';
import type { Kind } from '../kind.js';

/** A file that an export had begun and never gave its name. It lies in somebody's directory, so nothing is followed. */
export interface PartRemove {
  kind: 'part.remove';
  path: string;
}

export const partRemove: Kind<PartRemove> = {
  describe: ({ path }) => `Remove the unfinished file ${path}`,
  commands: () => [],
  apply: async ({ path }) => {
    const directory = await openDirectory(dirname(path)).catch(ignoreMissing);
    if (directory === undefined) return;
    try {
      await unlink(within(directory, basename(path))).catch(ignoreMissing);
    } finally {
      await directory.close();
    }
  },
};
