import { type CloneNote, writeCloneNote } from '../../bench/bench.js';
import { cloneSnapshot } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** The dataset of a bench that is a clone: noted first, because ZFS gives it its properties a moment after it is there. */
export interface DatasetClone {
  kind: 'dataset.clone';
  note: CloneNote;
}

export const datasetClone: Kind<DatasetClone> = {
  describe: ({ note: { snapshot, dataset } }) => `Clone ${snapshot} as ${dataset}`,
  commands: ({ note: { snapshot, dataset, properties } }) => [cloneSnapshot(snapshot, dataset, properties)],
  apply: async ({ note }, { run }) => {
    await writeCloneNote(note);
    await run();
  },
};
