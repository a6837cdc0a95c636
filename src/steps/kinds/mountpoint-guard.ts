import { mkdir } from 'node:fs/promises';
import { RefusedError } from '../../errors.js';
import { contentOf, holdsOnlyMountPoints } from '../../host/directory-content.js';
import { makeImmutable, whereSupported } from '../../host/immutable.js';
import type { Kind } from '../kind.js';

/**
 * The directory below a mount point stays empty and immutable, so that nothing can be written there while the
 * dataset is missing (chattr(1), `+i`).
 */
export interface MountpointGuard {
  kind: 'mountpoint.guard';
  path: string;
  /** Mount points of datasets, which are empty directories, may be in it. */
  mayNest?: boolean;
}

export const mountpointGuard: Kind<MountpointGuard> = {
  describe: ({ path }) => `Keep ${path} empty and immutable while nothing is mounted there`,
  commands: ({ path }) => [makeImmutable(path)],
  apply: async ({ path, mayNest = false }, { run }) => {
    await mkdir(path, { recursive: true }).catch(ignoreExisting);
    const isFree = mayNest ? await holdsOnlyMountPoints(path) : (await contentOf(path)) === 'empty';
    if (!isFree) throw notEmpty(path);
    await whereSupported(run);
  },
};

function notEmpty(path: string): RefusedError {
  return new RefusedError(
    'mountpoint-not-empty',
    `${path} should be an empty directory, to be mounted over.`,
    { suggestions: [`ls -la ${path}`, `mv ${path} ${path}.aside`, 'Then run bench init again.'] },
  );
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
