import { readdir } from 'node:fs/promises';
import { RefusedError } from '../errors.js';
import { readText } from '../host/files.js';
import { readHostRecord } from './host-record.js';

/** One directory an imported pool, with its state in it, written by the kernel: no process and no pool is asked. */
const POOLS = '/proc/spl/kstat/zfs';

/**
 * The pools that have lost their devices while they were in use. Whoever touches a file in one of them waits, and
 * cannot be killed, until the devices are back (zpoolprops(7), `failmode=wait`): so it is asked first, and from here.
 */
export async function suspendedPools(directory: string = POOLS): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const suspended: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const state = await readText(`${directory}/${entry.name}/state`).catch(() => undefined);
    if (state?.trim() === 'SUSPENDED') suspended.push(entry.name);
  }
  return suspended;
}

/**
 * Before a bench.toml is looked for, which lies in its pool.
 * @param bench undefined where none was named: then it may be any
 * @throws RefusedError `pool-suspended`
 */
export async function refuseSuspended(bench: string | undefined): Promise<void> {
  const [first, ...more] = await suspendedPools();
  if (first === undefined) return;
  if (bench === undefined) throw poolSuspended(first);
  const record = await readHostRecord(bench);
  if (record !== undefined && [first, ...more].includes(record.pool.name)) {
    throw poolSuspended(record.pool.name, record.backing.path);
  }
}

/** @param path what the pool lies on, where that is known */
export function poolSuspended(pool: string, path?: string): RefusedError {
  return new RefusedError(
    'pool-suspended',
    `Pool ${pool} is suspended: its devices have failed or are gone, and everything that reads or writes in it waits.`,
    {
      suggestions: [
        `Bring back what it lies on${path === undefined ? '' : ` (${path})`}, then: zpool clear ${pool}`,
        `zpool status ${pool}`,
        'Where that does not help, only a restart of the machine ends the waiting.',
      ],
    },
  );
}
