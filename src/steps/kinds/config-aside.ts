import { rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { holdsOnlyConfig } from '../../bench/bench.js';
import { VolumeError } from '../../errors.js';
import { nameIn, openDirectory, within } from '../../host/open-directory.js';
import type { Kind } from '../kind.js';

/**
 * The directory of a bench with nothing but a bench.toml makes room for the one that is about to be mounted over it.
 * As `bench new` has made it, it is not kept.
 */
export interface ConfigAside {
  kind: 'config.aside';
  directory: string;
  /** Where it goes; undefined: nowhere. */
  aside: string | undefined;
}

export const configAside: Kind<ConfigAside> = {
  describe: ({ directory, aside }) =>
    aside === undefined
      ? `Remove ${directory}/bench.toml, of which the values are in the dataset now`
      : `Move ${directory} to ${aside}: its values are in the dataset now`,
  commands: () => [],
  apply: async ({ directory, aside }) => {
    if (!(await holdsOnlyConfig(directory))) throw holdsMore(directory);
    if (aside === undefined) {
      const opened = await openDirectory(directory);
      try {
        await unlink(within(opened, 'bench.toml'));
      } finally {
        await opened.close();
      }
      return;
    }
    const parent = await openDirectory(dirname(directory));
    try {
      const at = (path: string) => nameIn(parent, path, basename(path));
      await rename(at(directory), at(aside));
    } finally {
      await parent.close();
    }
  },
};

function holdsMore(directory: string): VolumeError {
  return new VolumeError('directory-in-use', `${directory} holds more than a bench.toml by now.`, {
    suggestions: [`ls -la ${directory}`, 'Move that elsewhere, then run the command again.'],
  });
}
