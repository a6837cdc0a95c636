import { writeSentinel } from '../../bench/bench.js';
import type { Kind } from '../kind.js';

export interface SentinelWrite {
  kind: 'sentinel.write';
  directory: string;
  bench: string;
}

export const sentinelWrite: Kind<SentinelWrite> = {
  describe: ({ directory }) => `Write the sentinel of ${directory}`,
  commands: () => [],
  apply: ({ directory, bench }) => writeSentinel(directory, bench),
};
