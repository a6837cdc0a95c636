import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RefusedError } from '../errors.js';
import { benchesRoot } from '../host/environment.js';
import { readText } from '../host/files.js';
import { mountAt, readMounts } from '../host/mounts.js';
import { poolOf } from '../zfs/zfs.js';
import { type HostRecord, readHostRecord } from './host-record.js';

/** One directory an imported pool, with its state in it, written by the kernel: no process and no pool is asked. */
const POOLS = '/proc/spl/kstat/zfs';

/**
 * The pools that have lost their devices while they were in use. Whoever touches a file in one of them waits, and
 * cannot be killed, until the devices are back (zpoolprops(7), `failmode=wait`): so it is asked first, and from here.
 */
export async function suspendedPools(directory: string = POOLS): Promise<string[]> {
  return poolsThat((state) => state === 'SUSPENDED', directory);
}

/** The pools that are imported and answer; nothing where there is no ZFS. */
export function importedPools(directory: string = POOLS): Promise<string[]> {
  return poolsThat((state) => state !== 'SUSPENDED', directory);
}

async function poolsThat(match: (state: string) => boolean, directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const state = await readText(`${directory}/${entry.name}/state`).catch(() => undefined);
    if (state !== undefined && match(state.trim())) found.push(entry.name);
  }
  return found;
}

/**
 * Before a bench.toml is looked for, which lies in its pool.
 * @param bench undefined where none was named: then it may be any
 * @returns what is recorded of a bench in such a pool; undefined where its bench.toml can be read
 * @throws RefusedError `pool-suspended` where it is not known which bench is meant, or there is no record of it
 */
export async function suspendedBench(bench: string | undefined): Promise<HostRecord | undefined> {
  const suspended = await suspendedPools();
  const [first] = suspended;
  if (first === undefined) return undefined;
  if (bench === undefined) throw poolSuspended(first);
  const record = await readHostRecord(bench);
  if (record !== undefined) return suspended.includes(record.pool.name) ? record : undefined;
  const mount = mountAt(await readMounts(), join(benchesRoot(), bench));
  const pool = suspended.find((name) => name === poolOf(mount?.source ?? ''));
  if (pool !== undefined) throw poolSuspended(pool);
  return undefined;
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
