import type { VolumesChange } from '../../config/edit.js';
import type { Kind } from '../kind.js';

/** Entries of [[volumes]] in bench.toml. */
export interface VolumesWrite {
  kind: 'volumes.write';
  file: string;
  changes: readonly VolumesChange[];
}

export const volumesWrite: Kind<VolumesWrite> = {
  describe: ({ file, changes }) =>
    `Record in ${file}: ${changes.map((each) => ('add' in each ? `[[volumes]] ${each.add.name}` : `no [[volumes]] ${each.remove}`)).join(', ')}`,
  commands: () => [],
  // Loaded where it is used: it brings the parser that knows positions.
  apply: async ({ file, changes }) => (await import('../../config/edit.js')).editVolumes(file, changes),
};
