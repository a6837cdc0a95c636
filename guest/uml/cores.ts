import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cacheRoot } from '../cache.js';
import { type Lock, tryLock } from '../lock.js';

/** How many guests may share a core before one is not counted any more. */
const mostOnACore = 16;

export interface Core {
  /** The number that taskset takes. */
  readonly number: number;
  /** Held as long as the guest is on it. */
  readonly lock: Lock;
}

/**
 * A core of this host for one guest, the one with the fewest guests. Each hand-over between the guest's kernel and its
 * processes is one between two processes of the host: on one core it costs a fifth of what it costs between two.
 */
export function takeCore(allowed: readonly number[] = allowedCores()): Core | undefined {
  const dir = path.join(cacheRoot(), 'cores');
  mkdirSync(dir, { recursive: true });
  for (let level = 0; level < mostOnACore; level++) {
    for (const number of allowed) {
      const lock = tryLock(path.join(dir, `${number}.${level}`), 'exclusive');
      if (lock) return { number, lock };
    }
  }
  return undefined;
}

function allowedCores(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  return parseCores(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '0');
}

/** The numbers in a list such as `0-2,5`. */
export function parseCores(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
