import { type Command, CommandError } from './exec.js';

/** Nothing can be made, renamed or removed in a directory that is immutable (chattr(1), `+i`). */
export function makeImmutable(path: string): Command {
  return { argv: ['chattr', '+i', path], privileged: true };
}

/**
 * To be followed by a {@link syncDirectory} of the same path. ZFS writes the flag to its intent log only with an fsync of what has
 * it; what is removed or made there afterwards, and is in the log, cannot be replayed behind a power cut without it, and ends the
 * replay of the whole dataset (zil_async_to_sync() in OpenZFS's zil.c).
 */
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
