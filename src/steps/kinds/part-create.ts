import { chmod, chown, mkdir } from 'node:fs/promises';
import { type Part, writeSentinel } from '../../bench/bench.js';
import type { Owner } from '../../host/users.js';
import type { Kind } from '../kind.js';

export interface PartCreate {
  kind: 'part.create';
  part: Part;
  owner: Owner;
  mode: number;
  bench: string;
}

export const partCreate: Kind<PartCreate> = {
  describe: ({ part }) => `Create ${part.source}`,
  commands: () => [],
  apply: async ({ part: { source }, owner, mode, bench }) => {
    await mkdir(source, { recursive: true });
    await chmod(source, mode);
    await chown(source, owner.uid, owner.gid);
    await writeSentinel(source, bench);
  },
};
