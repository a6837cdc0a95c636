import { type TakeUpNote, writeTakeUpNote } from '../../bench/bench.js';
import { renameDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** A kept volume takes the place of a bench's dataset: noted first, because its marks say something else until then. */
export interface VolumeTakeUp {
  kind: 'volume.take-up';
  note: TakeUpNote;
}

export const volumeTakeUp: Kind<VolumeTakeUp> = {
  describe: ({ note: { from, to } }) => `Take up ${from} as ${to}`,
  commands: ({ note: { from, to } }) => [renameDataset(from, to)],
  apply: async ({ note }, { run }) => {
    await writeTakeUpNote(note);
    await run();
  },
};
