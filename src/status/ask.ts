import {
  type HostFile,
  type HostRecord,
  hostFiles,
  type Layout,
  readHostRecord,
  suspendedPools,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { readFiles } from '../host/files.js';
import { type FstabEntry, parseFstab, readFstab } from '../host/fstab.js';
import { type Mount, readMounts } from '../host/mounts.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import { upgradeUnit } from '../mariadb/mariadb.js';
import { importOrder } from '../volume-manager/volume-manager.js';
import {
  type Dataset,
  listDatasets,
  listPools,
  type PoolCondition,
  type PoolSummary,
  readPoolCondition,
} from '../zfs/zfs.js';

/** What ZFS, systemd and the host's files say before any of them leads to the next question. */
export interface Answers {
  record: HostRecord | undefined;
  isSuspended: boolean;
  /** Undefined where it is not imported, or is suspended. */
  pool: PoolSummary | undefined;
  datasets: Dataset[];
  condition: PoolCondition | undefined;
  unit: UnitState;
  upgrade: { name: string; state: UnitState };
  /** Of `maintenance.units`. */
  others: { name: string; state: UnitState }[];
  mounts: Mount[];
  fstab: FstabEntry[];
  /** What bench writes on the host, and what of it is there. */
  hostFiles: HostFile[];
  files: Map<string, string>;
}

/**
 * Asks everything side by side, a pool that may not be there too: most of the time is that of starting processes. Only
 * whether the pool is suspended is asked before, because then nothing is asked of it.
 */
export async function ask(config: BenchConfig, layout: Layout, runner: Runner): Promise<Answers> {
  const name = config.volume.pool;
  const isSuspended = (await suspendedPools()).includes(name);
  const upgrade = upgradeUnit(config.mariadb.instance);
  const { units } = config.maintenance;
  const [pools, datasets, condition, states, files] = await allOrFirstFailure([
    isSuspended ? [] : listPools(runner),
    isSuspended ? [] : listDatasets(runner, name),
    isSuspended ? undefined : readPoolCondition(runner, name),
    unitStates(runner, [layout.unit, upgrade, ...units]),
    readHost(config, layout),
  ]);
  const [unit = UNKNOWN_UNIT, upgradeState = UNKNOWN_UNIT, ...others] = states;
  const pool = pools.find((each) => each.name === name);
  return {
    ...files,
    isSuspended,
    pool,
    // It may have come or gone in between.
    datasets: pool === undefined ? [] : datasets,
    condition: pool === undefined ? undefined : condition,
    unit,
    upgrade: { name: upgrade, state: upgradeState },
    others: units.map((each, index) => ({ name: each, state: others[index] ?? UNKNOWN_UNIT })),
  };
}

async function readHost(config: BenchConfig, layout: Layout) {
  const record = await readHostRecord(config.name);
  const mounts = await readMounts();
  const wanted = [
    ...hostFiles(config, layout, record?.clone),
    ...(record === undefined ? [] : importOrder(config.volume.pool, record.backing, mounts)),
  ];
  return {
    record,
    mounts,
    fstab: parseFstab(await readFstab()),
    hostFiles: wanted,
    files: await readFiles(wanted.map(({ path }) => path)),
  };
}

/** As Promise.all, but when nothing is under way any more; of several failures the first in this order. */
async function allOrFirstFailure<T extends readonly unknown[]>(
  asked: T,
): Promise<{ [Index in keyof T]: Awaited<T[Index]> }> {
  await Promise.allSettled(asked);
  for (const each of asked) await each;
  return Promise.all(asked) as Promise<{ [Index in keyof T]: Awaited<T[Index]> }>;
}
