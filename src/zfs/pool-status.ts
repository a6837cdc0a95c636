import { CommandError, type Runner } from '../host/exec.js';

/** What the pool's last reading of all its data has come to: a scrub, or a resilver, which takes its place. */
export interface PoolScan {
  state: 'none' | 'running' | 'paused' | 'canceled' | 'finished' | 'unknown';
  /** When it ended; undefined where it did not, or where that cannot be read. */
  endedAt: Date | undefined;
  /** What it found and could not mend. */
  errors: number;
}

/** A disk, partition or file of a pool, as `zpool status` lists it. */
export interface PoolDevice {
  /** A whole path, or the number of a device that is gone. */
  path: string;
  /** ONLINE, DEGRADED, FAULTED, OFFLINE, UNAVAIL, REMOVED. */
  state: string;
  readErrors: number;
  writeErrors: number;
  checksumErrors: number;
  /** What follows, such as `was /dev/sdb1`; mostly empty. */
  note: string;
}

/** What `zpool list` does not tell. */
export interface PoolCondition {
  scan: PoolScan;
  devices: PoolDevice[];
  /** Damaged and not to be mended from another copy: files, or what is left of files. */
  dataErrors: number;
}

/** Times in UTC; the same options and texts in OpenZFS 2.1 and 2.3 (zpool-status(8)). */
const POOL_STATUS_ENV = { TZ: 'UTC' };

export function poolStatusArgv(pool: string): [string, ...string[]] {
  return ['zpool', 'status', '-p', '-P', pool];
}

/** Needs no privilege. Undefined where no such pool is imported. */
export async function readPoolCondition(runner: Runner, pool: string): Promise<PoolCondition | undefined> {
  try {
    return parsePoolStatus((await runner.run({ argv: poolStatusArgv(pool), env: POOL_STATUS_ENV })).stdout);
  } catch (error) {
    if (error instanceof CommandError && /: no such pool$/m.test(error.result.stderr)) return undefined;
    throw error;
  }
}

/** What is not understood counts as nothing found: another release may say more than we know. */
export function parsePoolStatus(stdout: string): PoolCondition {
  const scan = /^ *scan: (.*)$/m.exec(stdout)?.[1] ?? '';
  const errors = /^errors: (\d+) data error/m.exec(stdout)?.[1];
  return { scan: parseScan(scan), devices: parseDevices(stdout), dataErrors: Number(errors ?? 0) };
}

function parseScan(text: string): PoolScan {
  const [, count, ended] = / with (\d+) errors on (.*)$/.exec(text) ?? [];
  if (count !== undefined && ended !== undefined)
    return { state: 'finished', endedAt: utc(ended), errors: Number(count) };
  const state =
    // 2.3 prints no such line where nothing was ever asked for.
    text === '' || text === 'none requested'
      ? 'none'
      : / in progress since /.test(text)
        ? 'running'
        : /^scrub paused since /.test(text)
          ? 'paused'
          : /^(scrub|resilver) canceled on /.test(text)
            ? 'canceled'
            : 'unknown';
  return { state, endedAt: undefined, errors: 0 };
}

/** ctime(3): `Sun Nov 22 08:43:16 2026`. */
function utc(text: string): Date | undefined {
  const time = Date.parse(`${text} UTC`);
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** Rows below NAME STATE READ WRITE CKSUM; leaves are whole paths, or numbers once they are gone. */
function parseDevices(stdout: string): PoolDevice[] {
  const rows = stdout.matchAll(/^\t +(\/.+?|\d+) +([A-Z]+) +(\d+|-) +(\d+|-) +(\d+|-)(?: +(.*))?$/gm);
  return [...rows].map(([, path = '', state = '', read, write, checksum, note = '']) => ({
    path,
    state,
    readErrors: Number(read) || 0,
    writeErrors: Number(write) || 0,
    checksumErrors: Number(checksum) || 0,
    note,
  }));
}
