import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UNIT_DIRECTORY } from '../../bench/bench.js';
import { syncDirectory } from '../../host/files.js';
import type { Kind } from '../kind.js';

export interface FileRemove {
  kind: 'file.remove';
  path: string;
  reason: string;
}

export const fileRemove: Kind<FileRemove> = {
  describe: ({ path, reason }) => `Remove ${path} (${reason})`,
  commands: () => [],
  apply: async ({ path }) => {
    await rm(path, { force: true });
    const directory = dirname(path);
    // Of drop-ins: with the last one goes their directory.
    const goesAlong = dirname(directory) === UNIT_DIRECTORY && directory.endsWith('.d');
    if (goesAlong) await rmdir(directory).catch(() => undefined);
    // What comes after it may be the end of a bench: then nobody would know whose file it is that a power cut brings back.
    await syncDirectory(directory);
    if (goesAlong) await syncDirectory(UNIT_DIRECTORY);
  },
};
