import type { ConfigChange } from '../../config/edit.js';
import type { Kind } from '../kind.js';

export interface ConfigWrite {
  kind: 'config.write';
  file: string;
  changes: readonly ConfigChange[];
}

export const configWrite: Kind<ConfigWrite> = {
  describe: ({ file, changes }) =>
    `Record in ${file}: ${changes.map((c) => `${c.key} = ${String(c.value)}`).join(', ')}`,
  commands: () => [],
  apply: async ({ file, changes }) => (await import('../../config/edit.js')).editConfig(file, changes),
};
