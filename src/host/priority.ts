import { constants, setPriority } from 'node:os';

/**
 * Lets everything else on the host go first, for a command that works beside a bench which serves meanwhile. What is started
 * from then on inherits it (setpriority(2)); what systemd starts has its own.
 */
export function giveWay(): void {
  setPriority(constants.priority.PRIORITY_LOW);
}
