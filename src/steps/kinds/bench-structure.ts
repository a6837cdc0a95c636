import { createStructure } from '../../bench/bench.js';
import type { Owner } from '../../host/users.js';
import type { Kind } from '../kind.js';

export interface BenchStructure {
  kind: 'bench.structure';
  directory: string;
  owner: Owner;
}

export const benchStructure: Kind<BenchStructure> = {
  describe: ({ directory }) => `Create the directories of the bench in ${directory}`,
  commands: () => [],
  apply: createStructure,
};
