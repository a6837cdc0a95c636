import { type Command, CommandError } from './exec.js';

/** Nothing can be made, renamed or removed in a directory that is immutable (chattr(1), `+i`). */
export function makeImmutable(path: string): Command {
  return { argv: ['chattr', '+i', path], privileged: true };
}

export function makeMutable(path: string): Command {
  return { argv: ['chattr', '-i', path], privileged: true };
}

/** Not every file system knows the attribute; then there is nothing to set or to take away. */
export async function whereSupported(change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!(error instanceof CommandError && /not supported|Inappropriate ioctl/i.test(error.result.stderr)))
      throw error;
  }
}
