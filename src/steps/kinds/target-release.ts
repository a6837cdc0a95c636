import { lstat } from 'node:fs/promises';
import { makeMutable, whereSupported } from '../../host/immutable.js';
import { mountAt, readMounts } from '../../host/mounts.js';
import { openDirectory } from '../../host/open-directory.js';
import type { Kind } from '../kind.js';
import { OPENED } from './target-guard.js';

/** The directory below a mount that is gone for good may be written to again; it stays. */
export interface TargetRelease {
  kind: 'target.release';
  path: string;
}

export const targetRelease: Kind<TargetRelease> = {
  describe: ({ path }) => `Let ${path} be written to again`,
  commands: () => [makeMutable(OPENED)],
  apply: async ({ path }, { commands, runner }) => {
    if (mountAt(await readMounts(), path) !== undefined) return;
    const stats = await lstat(path).catch(() => undefined);
    if (!stats?.isDirectory()) return;
    const handle = await openDirectory(path);
    try {
      for (const command of commands)
        await whereSupported(() => runner.run({ ...command, inheritFds: [handle.fd] }));
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
