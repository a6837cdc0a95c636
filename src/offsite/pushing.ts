import { lstat } from 'node:fs/promises';
import { flockHolders } from '../host/open-files.js';
import { offsiteLock } from './open.js';

/** Whether somebody works on the copies of a bench now, by the lock that only the kernel gives and takes. */
export async function isPushing(bench: string): Promise<boolean> {
  const lock = await lstat(offsiteLock(bench)).catch(() => undefined);
  return lock !== undefined && (await flockHolders(lock)).length > 0;
}
