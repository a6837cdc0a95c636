import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';

/** An imported pool. All sizes in bytes; 0 where ZFS prints `-`. */
export interface PoolSummary {
  name: string;
  guid: string;
  /** ONLINE, DEGRADED, FAULTED, OFFLINE, UNAVAIL, REMOVED or SUSPENDED. */
  health: string;
  sizeBytes: number;
  allocatedBytes: number;
  freeBytes: number;
  readonly: boolean;
  /**
   * False where ZFS has the pool in its list and cannot open it: then it prints `-` for all but name, guid and health
   * (libzfs, zpool_get_prop), and there is nothing else to ask of it.
   */
  isOpen: boolean;
  /** The property, not the vdevs' value: 0 when it was left to ZFS. */
  ashift: number;
}

const COLUMNS = ['name', 'guid', 'health', 'size', 'allocated', 'free', 'readonly', 'ashift'] as const;
export const LIST_POOLS_ARGV = ['zpool', 'list', '-H', '-p', '-o', COLUMNS.join(',')] as const;
/** -v: every vdev below its pool; -P: whole paths. */
export const POOL_DEVICES_ARGV = ['zpool', 'list', '-H', '-p', '-P', '-v', '-o', 'name'] as const;

/** Both in one: a vdev's line has columns of its own. */
export const POOLS_WITH_DEVICES_ARGV = [
  'zpool',
  'list',
  '-H',
  '-p',
  '-P',
  '-v',
  '-o',
  COLUMNS.join(','),
] as const;

/**
 * The imported pools; none is an answer. Needs no privilege.
 * @param names only these; all where it is empty
 */
export async function listPools(runner: Runner, names: readonly string[] = []): Promise<PoolSummary[]> {
  return parsePools((await runner.run({ argv: [...LIST_POOLS_ARGV, ...names] })).stdout);
}

/** The imported pools with what each lies on, as `poolDevices` tells it, by one process. */
export async function listPoolsWithDevices(runner: Runner): Promise<(PoolSummary & { devices: string[] })[]> {
  const { stdout } = await runner.run({ argv: POOLS_WITH_DEVICES_ARGV });
  const isOfPool = (line: string) => !line.startsWith('\t') && !isClassHeading(line);
  const devices = parsePoolDevices(
    lines(stdout)
      .map((line) => (isOfPool(line) ? (line.split('\t')[0] ?? '') : line))
      .join('\n'),
  );
  return parsePools(lines(stdout).filter(isOfPool).join('\n')).map((pool) => ({
    ...pool,
    devices: devices.get(pool.name) ?? [],
  }));
}

export function parsePools(stdout: string): PoolSummary[] {
  return lines(stdout).map((line) => {
    const fields = line.split('\t');
    if (fields.length !== COLUMNS.length) throw unexpected(LIST_POOLS_ARGV, line);
    const [name, guid, health, size, allocated, free, readonly, ashift] = fields as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const number = (field: string) => {
      if (field === '-') return 0;
      if (!/^\d+$/.test(field)) throw unexpected(LIST_POOLS_ARGV, line);
      return Number(field);
    };
    if (!/^\d+$/.test(guid) || !['on', 'off', '-'].includes(readonly))
      throw unexpected(LIST_POOLS_ARGV, line);
    return {
      name,
      guid,
      health,
      sizeBytes: number(size),
      allocatedBytes: number(allocated),
      freeBytes: number(free),
      readonly: readonly === 'on',
      isOpen: readonly !== '-',
      ashift: number(ashift),
    };
  });
}

/**
 * Pool → paths of the devices and files that it lies on, as ZFS prints them: data, log, cache, spare and special
 * vdevs, partitions and links unresolved. Needs no privilege.
 */
export async function poolDevices(runner: Runner): Promise<Map<string, string[]>> {
  return parsePoolDevices((await runner.run({ argv: POOL_DEVICES_ARGV })).stdout);
}

/** Whether its datasets can be compressed by zstd: a pool of an older ZFS has to be upgraded first (zpool-features(7)). */
export async function hasZstd(runner: Runner, pool: string): Promise<boolean> {
  const { stdout } = await runner.run({
    argv: ['zpool', 'get', '-H', '-o', 'value', 'feature@zstd_compress', pool],
    // 1: this ZFS does not know the feature.
    okExitCodes: [0, 1],
  });
  return ['enabled', 'active'].includes(stdout.trim());
}

/** A pool's line begins in the first column, a vdev's with a tab; only leaves are paths. */
export function parsePoolDevices(stdout: string): Map<string, string[]> {
  const pools = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of lines(stdout)) {
    const path = line.split('\t').find((field) => field.startsWith('/'));
    if (path !== undefined) {
      if (current === undefined) throw unexpected(POOL_DEVICES_ARGV, line);
      current.push(path);
    } else if (!line.startsWith('\t') && !isClassHeading(line)) {
      current = [];
      pools.set(line.trim(), current);
    }
  }
  return pools;
}

/** `logs`, `cache`, `spare`, `special`, `dedup`: names no pool can have… see the fixture. */
function isClassHeading(line: string): boolean {
  return /^(logs?|cache|spares?|special|dedup)\s+-/.test(line);
}

function lines(stdout: string): string[] {
  return stdout.split('\n').filter((line) => line !== '');
}

function unexpected(argv: readonly string[], line: string): BenchError {
  return new BenchError('unexpected-output', `zpool list printed a line of another shape: ${line}`, {
    command: argv,
  });
}
