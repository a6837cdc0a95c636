import { constants, setPriority } from 'node:os';

/**
 * Lets everything else on the host go first, for a command that works beside a bench which serves meanwhile. What is started
 * from then on inherits it (setpriority(2)); what systemd starts has its own.
 */
export function giveWay(set: typeof setPriority = setPriority): void {
  try {
    set(constants.priority.PRIORITY_LOW);
  } catch (error) {
    // A unit of bench's may not change it, and is nice by itself (`Nice=`).
    const { code } = (error as { info?: { code?: string } }).info ?? {};
    if (code !== 'EPERM' && code !== 'EACCES') throw error;
  }
}
