import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../../host/exec.js';
import { mountAt, readMounts, unmount } from '../../host/mounts.js';
import type { Kind } from '../kind.js';

/** Unmounts; somebody may look at a file just then, so it is tried for a while. Whoever stays makes it fail. */
export interface MountRemove {
  kind: 'mount.remove';
  target: string;
}

const BUSY_MS = 5_000;
const POLL_MS = 200;

export const mountRemove: Kind<MountRemove> = {
  describe: ({ target }) => `Unmount ${target}`,
  commands: ({ target }) => [unmount(target)],
  apply: async ({ target }, { run }) => {
    if (mountAt(await readMounts(), target) === undefined) return;
    for (const deadline = performance.now() + BUSY_MS; ; await sleep(POLL_MS)) {
      try {
        await run();
        return;
      } catch (error) {
        const isBusy = error instanceof CommandError && /\bbusy\b/.test(error.result.stderr);
        if (!isBusy || performance.now() > deadline) throw error;
      }
    }
  },
};
