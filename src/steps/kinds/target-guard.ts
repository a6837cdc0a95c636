import { join } from 'node:path';
import { openTarget } from '../../host/bench-path.js';
import { makeImmutable, whereSupported } from '../../host/immutable.js';
import type { Owner } from '../../host/users.js';
import type { Kind } from '../kind.js';

/**
 * The directory of a bench that a volume is to be mounted over: made where it is missing, and immutable, so that
 * nothing is written there while the volume is missing. It belongs to a user, who can put a symlink in the place of any
 * part of its path at any time: so what is changed is a directory that was opened, and not a path.
 */
export interface TargetGuard {
  kind: 'target.guard';
  /** The directory of the bench, and the path below it. */
  directory: string;
  path: string;
  owner: Owner;
}

/** The opened directory, as a process sees it that inherits it; with the dot it is no symlink to anybody. */
export const OPENED = '/proc/self/fd/3/.';

export const targetGuard: Kind<TargetGuard> = {
  describe: ({ directory, path }) =>
    `Keep ${join(directory, path)} empty and immutable while nothing is mounted there`,
  commands: () => [makeImmutable(OPENED)],
  apply: async ({ directory, path, owner }, { commands, runner }) => {
    const handle = await openTarget(directory, path, owner);
    try {
      for (const command of commands)
        await whereSupported(() => runner.run({ ...command, inheritFds: [handle.fd] }));
    } finally {
      await handle.close();
    }
  },
};
