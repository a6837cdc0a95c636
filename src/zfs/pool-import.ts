import { dirname } from 'node:path';
import { CommandError, type Runner } from '../host/exec.js';
import { lastUser, NOBODY_KNOWN, type PoolUser } from './pool-label.js';

/** A pool that is on disks of this host but not imported. */
export interface ImportablePool {
  name: string;
  guid: string;
  /** ONLINE, DEGRADED, UNAVAIL, FAULTED. */
  state: string;
  /** What ZFS finds wrong with it, in its own words. */
  status?: string;
  /** The system that has not exported it; `now` where ZFS sees it at work there (multihost). */
  heldBy?: PoolUser & { now: boolean };
  /** Its leaves as printed: mostly names without a directory (`vdb`, `virtio-DATA`), whole paths for files. */
  devices: string[];
}

/** By-id first, so that the names found there win; /dev finds what has no such name. */
export const IMPORT_DIRS = ['/dev/disk/by-id', '/dev'] as const;

export function importArgv(searchDirs: readonly string[]): [string, ...string[]] {
  return ['zpool', 'import', ...searchDirs.flatMap((dir) => ['-d', dir])];
}

/**
 * The pools that `zpool import` could import. It opens every device in the directories: needs root.
 * @throws CommandError when ZFS could not look
 */
export async function importablePools(
  runner: Runner,
  searchDirs: readonly string[] = IMPORT_DIRS,
): Promise<ImportablePool[]> {
  const argv = importArgv(searchDirs);
  const result = await runner.run({ argv, privileged: true, okExitCodes: [0, 1] });
  if (result.exitCode === 1 && !/^no pools available to import$/m.test(result.stdout + result.stderr)) {
    throw new CommandError(result, 'failed with exit code 1');
  }
  return parseImportable(result.stdout);
}

/** Those of one name, with the system that holds one. The same privilege and errors. */
export async function importablePoolsNamed(
  runner: Runner,
  name: string,
  searchDirs: readonly string[],
): Promise<ImportablePool[]> {
  const pools = (await importablePools(runner, searchDirs)).filter((pool) => pool.name === name);
  for (const pool of pools) {
    if (pool.heldBy === undefined || pool.heldBy.now) continue;
    pool.heldBy = { ...(await lastUser(runner, pool)), now: false };
  }
  return pools;
}

/** Where the image lies that a pool is on; undefined for disks, which are found by their names. */
export function imageDirectory({ devices }: Pick<ImportablePool, 'devices'>): string | undefined {
  const image = devices.find((device) => device.startsWith('/') && !device.startsWith('/dev/'));
  return image === undefined ? undefined : dirname(image);
}

/** Rows of the config that group devices and are none themselves. */
const GROUP =
  /^(mirror|raidz[1-3]?|draid[1-3]?|spare|replacing|indirect|logs|cache|spares|special|dedup)(-\d+|:\S+)?$/;

/**
 * Parses what `zpool import` prints for people; there is no other form in any release.
 * Each pool is `   pool: NAME`, further `key: text` (continued on lines that begin with a tab), then `config:`
 * and a table whose rows begin with a tab: the pool, below it its vdevs, two blanks deeper for each level.
 */
export function parseImportable(stdout: string): ImportablePool[] {
  const pools: ImportablePool[] = [];
  let pool: ImportablePool | undefined;
  let key = '';
  let action = '';
  for (const line of stdout.split('\n')) {
    const heading = /^ {0,8}([a-z]+): ?(.*)$/.exec(line);
    if (heading !== null) {
      key = heading[1] ?? '';
      const value = (heading[2] ?? '').trim();
      if (key === 'pool') {
        pool = { name: value, guid: '', state: 'UNKNOWN', devices: [] };
        pools.push(pool);
      } else if (pool !== undefined) {
        if (key === 'id') pool.guid = value;
        if (key === 'state') pool.state = value;
        if (key === 'status') pool.status = value;
        if (key === 'action') action = value;
        if (key === 'config') setHolder(pool, action);
      }
    } else if (pool !== undefined && line.startsWith('\t')) {
      if (key === 'status') pool.status = `${pool.status ?? ''} ${line.trim()}`.trim();
      if (key === 'action') action = `${action} ${line.trim()}`;
      if (key === 'config') addDevice(pool, line.slice(1));
    }
  }
  return pools;
}

/** By the sentences of show_import (zpool_main.c), the same since OpenZFS 0.8. */
function setHolder(pool: ImportablePool, action: string): void {
  const { status = '' } = pool;
  const [, name, hostid] = /exported from (.+) \(hostid=([0-9a-f]+)\)/.exec(action) ?? [];
  if (/currently imported by another system/.test(status)) pool.heldBy = { name, hostid, now: true };
  if (/last accessed by another system/.test(status)) pool.heldBy = { ...NOBODY_KNOWN, now: false };
}

function addDevice(pool: ImportablePool, row: string): void {
  // NAME STATE …; a name may contain blanks (a file), a state never does. At the margin stand the pool itself, the
  // classes of vdevs, and sentences such as `Additional devices are known to be part of this pool, …`.
  const name = /^ {2,}(.+?)(?: {2,}([A-Z]+)( .*)?)?$/.exec(row)?.[1]?.trim();
  if (name !== undefined && name !== '' && !GROUP.test(name)) pool.devices.push(name);
}
