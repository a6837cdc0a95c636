import { type DropNote, dropNotePath, writeDropNote } from '../../bench/bench.js';
import type { Kind } from '../kind.js';

/** From here on the bench is being dropped: what is known of it is noted outside of what is taken away. */
export interface DropBegin {
  kind: 'drop.begin';
  note: DropNote;
}

export const dropBegin: Kind<DropBegin> = {
  describe: ({ note: { bench } }) => `Note that ${bench} is being dropped: ${dropNotePath(bench)}`,
  commands: () => [],
  apply: ({ note }) => writeDropNote(note),
};
