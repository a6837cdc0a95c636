import type { Kind } from '../kind.js';

/** A user property on several snapshots, by one process. */
export interface SnapshotsMark {
  kind: 'snapshots.mark';
  snapshots: readonly string[];
  property: string;
  value: string;
  reason: string;
}

export const snapshotsMark: Kind<SnapshotsMark> = {
  describe: ({ snapshots, reason }) => `Mark ${snapshots.join(', ')} (${reason})`,
  commands: ({ snapshots, property, value }) => [
    { argv: ['zfs', 'set', `${property}=${value}`, ...snapshots], privileged: true },
  ],
};
