import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuestError } from './errors.js';

export type LockMode = 'shared' | 'exclusive';

/**
 * A flock(2). It belongs to the open file, not to a process: it ends when every process that has `fd` is
 * gone, however it went. That is why a machine is given the descriptors of what it uses.
 */
export interface Lock {
  readonly fd: number;
  release(): void;
}

/** The lock, or undefined when somebody else's stands in the way. */
export function tryLock(file: string, mode: LockMode): Lock | undefined {
  const fd = openSync(file, 'a');
  // Node has no flock; util-linux's command locks the open file that it inherits and leaves it locked.
  const { status, error } = spawnSync('flock', ['-n', mode === 'shared' ? '-s' : '-x', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  if (status === 0) {
    let open = true;
    return {
      fd,
      release() {
        if (open) closeSync(fd);
        open = false;
      },
    };
  }
  closeSync(fd);
  if (error) throw new GuestError(`cannot run flock (package util-linux): ${error.message}`);
  return undefined;
}

/** Waits for the lock; `onWait` is called once, when it cannot be had at once. */
export async function lock(file: string, mode: LockMode, onWait: () => void = () => {}): Promise<Lock> {
  for (let attempt = 0; ; attempt++) {
    const held = tryLock(file, mode);
    if (held) return held;
    if (attempt === 0) onWait();
    await sleep(300);
  }
}
