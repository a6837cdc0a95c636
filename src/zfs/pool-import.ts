import { CommandError, type Runner } from '../host/exec.js';

/** A pool that is on disks of this host but not imported. */
export interface ImportablePool {
  name: string;
  guid: string;
  /** ONLINE, DEGRADED, UNAVAIL, FAULTED. */
  state: string;
  /** What ZFS finds wrong with it, in its own words. */
  status?: string;
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
      }
    } else if (pool !== undefined && line.startsWith('\t')) {
      if (key === 'status') pool.status = `${pool.status ?? ''} ${line.trim()}`.trim();
      if (key === 'config') addDevice(pool, line.slice(1));
    }
  }
  return pools;
}

function addDevice(pool: ImportablePool, row: string): void {
  // NAME STATE …; a name may contain blanks (a file), a state never does.
  const match = /^( *)(.+?)(?: {2,}([A-Z]+)( .*)?)?$/.exec(row);
  const name = match?.[2]?.trim();
  if (name === undefined || name === '' || (match?.[1] === '' && name === pool.name)) return;
  if (!GROUP.test(name)) pool.devices.push(name);
}
