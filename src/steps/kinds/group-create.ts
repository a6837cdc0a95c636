import type { Kind } from '../kind.js';

/** A group of the host without members. */
export interface GroupCreate {
  kind: 'group.create';
  /** Ours, never a user's word. */
  group: string;
}

export const groupCreate: Kind<GroupCreate> = {
  describe: ({ group }) => `Make the group ${group}`,
  // With --force one that is there by now is as good.
  commands: ({ group }) => [{ argv: ['groupadd', '--system', '--force', '--', group], privileged: true }],
};
