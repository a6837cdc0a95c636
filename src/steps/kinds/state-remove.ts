import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { dropNotePath, recordPath } from '../../bench/bench.js';
import { ignoreMissing, syncDirectory } from '../../host/files.js';
import { benchLock, stateDir } from '../../host/paths.js';
import type { Kind } from '../kind.js';

/**
 * The end of a bench: everything that was noted of it outside of its dataset. Whoever carries this out holds its lock,
 * which goes last; the record before, so that until then the bench is known.
 */
export interface StateRemove {
  kind: 'state.remove';
  bench: string;
}

export const stateRemove: Kind<StateRemove> = {
  describe: ({ bench }) => `Remove what is recorded of ${bench}: ${stateDir(bench)}`,
  commands: () => [],
  apply: async ({ bench }) => {
    const directory = stateDir(bench);
    const last = [dropNotePath(bench), recordPath(bench), benchLock(bench)];
    const names = (await readdir(directory).catch(ignoreMissing)) ?? [];
    for (const name of names.filter((each) => !last.some((path) => basename(path) === each)))
      await rm(join(directory, name), { recursive: true, force: true });
    for (const path of last) await rm(path, { force: true });
    await rmdir(directory).catch(ignoreMissing);
    await syncDirectory(dirname(directory));
  },
};
