import { stat } from 'node:fs/promises';
import type { Command, Runner } from './exec.js';

/**
 * Gives a file of root's to root and to these users by name, and to nobody else (acl(5)). By name and not by a group:
 * it is in force at once, and for this one file.
 */
export function permitUsers(file: string, users: readonly string[]): Command {
  // Also what takes an ACL out of force, without the package that it came with.
  if (users.length === 0) return { argv: ['chmod', '600', '--', file], privileged: true };
  return { argv: ['setfacl', `--set=${wantedAcl(users).join(',')}`, '--', file], privileged: true };
}

/** Whether a file has just these permissions; no process for one that is root's alone. */
export async function permitsUsers(runner: Runner, file: string, users: readonly string[]): Promise<boolean> {
  if (users.length === 0) return ((await stat(file)).mode & 0o077) === 0;
  const { stdout } = await runner.run({
    argv: ['getfacl', '--omit-header', '--absolute-names', '--', file],
  });
  const actual = stdout.split('\n').filter((line) => line !== '');
  return actual.sort().join() === wantedAcl(users).sort().join();
}

/** Writing is for saying who holds the lock. */
function wantedAcl(users: readonly string[]): string[] {
  return ['user::rw-', ...users.map((user) => `user:${user}:rw-`), 'group::---', 'mask::rw-', 'other::---'];
}
