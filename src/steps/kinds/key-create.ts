import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Kind } from '../kind.js';

/** A key of this host's own for ssh, without a passphrase: what it opens is limited where it is taken. */
export interface KeyCreate {
  kind: 'key.create';
  path: string;
  comment: string;
}

export const keyCreate: Kind<KeyCreate> = {
  describe: ({ path }) => `Make a key for ssh, ${path}`,
  commands: ({ path, comment }) => [
    { argv: ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path], privileged: true },
  ],
  apply: async ({ path }, { run }) => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await run();
  },
};
