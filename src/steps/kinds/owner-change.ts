import type { Kind } from '../kind.js';

/** Files that came from another host, where a user has another number. */
export interface OwnerChange {
  kind: 'owner.change';
  path: string;
  user: string;
  group: string;
}

const TIMEOUT_MS = 60 * 60_000;

export const ownerChange: Kind<OwnerChange> = {
  describe: ({ path, user }) => `Give ${path} to ${user}, who has another number here`,
  commands: ({ path, user, group }) => [
    { argv: ['chown', '-R', '-h', `${user}:${group}`, '--', path], privileged: true, timeoutMs: TIMEOUT_MS },
  ],
};
