import { mkdir } from 'node:fs/promises';
import { syncDirectory } from '../../host/files.js';
import { makeMutable, whereSupported } from '../../host/immutable.js';
import type { Kind } from '../kind.js';

export interface DirectoryOpen {
  kind: 'directory.open';
  path: string;
}

export const directoryOpen: Kind<DirectoryOpen> = {
  describe: ({ path }) => `Allow a mount point in ${path}, where the pool itself is not mounted`,
  commands: ({ path }) => [makeMutable(path)],
  apply: async ({ path }, { run }) => {
    await mkdir(path, { recursive: true });
    await whereSupported(run);
    await syncDirectory(path);
  },
};
