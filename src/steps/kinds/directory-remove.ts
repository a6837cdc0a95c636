import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exists, ignoreMissing, syncDirectory } from '../../host/files.js';
import { makeMutable, whereSupported } from '../../host/immutable.js';
import type { Kind } from '../kind.js';

/** An empty directory that something was mounted over; it was immutable. One that holds anything stays. */
export interface DirectoryRemove {
  kind: 'directory.remove';
  path: string;
}

export const directoryRemove: Kind<DirectoryRemove> = {
  describe: ({ path }) => `Remove the empty directory ${path}`,
  commands: ({ path }) => [makeMutable(path)],
  apply: async ({ path }, { run }) => {
    if (!(await exists(path))) return;
    await whereSupported(run);
    await syncDirectory(path);
    await rmdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY') ignoreMissing(error);
    });
    // Behind the end of a drop nobody would know whose directory a power cut has brought back.
    await syncDirectory(dirname(path));
  },
};
