import { uptime } from 'node:os';
import {
  cloneJson,
  type HostFile,
  type HostRecord,
  hostFiles,
  isTimedByInit,
  type Layout,
  readHostRecord,
  suspendedPools,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { CommandError, type Runner } from '../host/exec.js';
import { changedAt, readFiles } from '../host/files.js';
import { type FstabEntry, parseFstab, readFstab } from '../host/fstab.js';
import { type Mount, readMounts } from '../host/mounts.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import { hasStoredKey, keyFiles, keyUnit } from '../keys/keys.js';
import { upgradeUnit } from '../mariadb/mariadb.js';
import { type Registry, readRegistry } from '../registry/registry.js';
import { importOrder } from '../volume-manager/volume-manager.js';
import {
  type Dataset,
  listDatasets,
  listEncryption,
  listPools,
  type PoolCondition,
  type PoolSummary,
  readPoolCondition,
} from '../zfs/zfs.js';
import type { JobEvidence, KeyEvidence, ScheduleEvidence } from './evidence.js';
import { lookAtSchedule } from './schedule-look.js';

/** What ZFS, systemd and the host's files say before any of them leads to the next question. */
export interface Answers {
  record: HostRecord | undefined;
  isSuspended: boolean;
  /** Undefined where it is not imported, or is suspended. */
  pool: PoolSummary | undefined;
  datasets: Dataset[];
  condition: PoolCondition | undefined;
  /** The volumes of the pool; undefined where the bench has none. */
  registry: Registry | undefined;
  unit: UnitState;
  /** When the settings of the instance were changed, and the server was started; milliseconds since 1970. */
  settings: { changedAt: number | undefined; readAt: number | undefined };
  upgrade: { name: string; state: UnitState };
  /** Of `maintenance.units`. */
  others: { name: string; state: UnitState }[];
  mounts: Mount[];
  fstab: FstabEntry[];
  /** What bench writes on the host, and what of it is there. */
  hostFiles: HostFile[];
  files: Map<string, string>;
  schedule: ScheduleEvidence | undefined;
  key?: KeyEvidence | undefined;
  /** What else the bench does by itself, or did. */
  jobs: JobEvidence[];
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
  const look = await lookAtSchedule(config);
  const keyUnits = config.volume.key === undefined ? [] : [keyUnit(config.name)];
  const asked = {
    pools: isSuspended ? [] : listPools(runner),
    datasets: isSuspended ? [] : listDatasets(runner, name),
    condition: isSuspended ? undefined : readPoolCondition(runner, name),
    states: unitStates(runner, [layout.unit, upgrade, ...keyUnits, ...units, ...look.units]),
    key: isSuspended ? undefined : readKey(config, runner),
    files: readHost(config, layout),
    registry: isSuspended ? undefined : readVolumes(config, runner),
  };
  // Nothing is under way any more when the first failure is told.
  await Promise.allSettled(Object.values(asked));
  const pool = (await asked.pools).find((each) => each.name === name);
  // It may have come or gone in between; of one that ZFS could not open it tells nothing more.
  const isOpen = pool?.isOpen === true;
  const datasets = isOpen ? await asked.datasets : [];
  const condition = isOpen ? await asked.condition : undefined;
  const [unit = UNKNOWN_UNIT, upgradeState = UNKNOWN_UNIT, ...rest] = await asked.states;
  const others = rest.slice(keyUnits.length);
  const key = isOpen ? await asked.key : undefined;
  const files = await asked.files;
  const registry = isOpen ? await asked.registry : undefined;
  const clone = cloneJson(datasets.find((each) => each.name === layout.dataset));
  return {
    ...files,
    isSuspended,
    pool,
    registry,
    datasets,
    condition,
    unit,
    settings: { changedAt: await changedAt(layout.instanceConfigPath), readAt: startOf(unit) },
    upgrade: { name: upgrade, state: upgradeState },
    ...look.judge(others.slice(units.length), isTimedByInit(clone)),
    ...(key === undefined ? {} : { key: { ...key, unit: rest[0] ?? UNKNOWN_UNIT } }),
    others: units.map((each, index) => ({ name: each, state: others[index] ?? UNKNOWN_UNIT })),
  };
}

/** By the clock as it is now, which may have been set since boot. */
function startOf({ startedMs }: UnitState): number | undefined {
  return startedMs === undefined ? undefined : Date.now() - uptime() * 1000 + startedMs;
}

/** One process more, for encrypted benches alone. */
async function readKey(
  { volume }: BenchConfig,
  runner: Runner,
): Promise<Omit<KeyEvidence, 'unit'> | undefined> {
  const { key, pool, dataset } = volume;
  if (key === undefined) return undefined;
  const encryption = await listEncryption(runner, pool).catch((error: unknown) => {
    // Without its pool there is nothing to be told of it.
    if (error instanceof CommandError) return [];
    throw error;
  });
  return {
    encryption: encryption.find((each) => each.dataset === dataset),
    // Only root can look there: to whoever cannot, nothing is wrong with it.
    isStored: await hasStoredKey(key).catch(() => true),
    isRotating: await hasStoredKey(key, true).catch(() => false),
  };
}

/** A bench that has no volumes, and had none, costs no process for them. */
async function readVolumes(
  { name, volume, volumes }: BenchConfig,
  runner: Runner,
): Promise<Registry | undefined> {
  const had = (await readHostRecord(name))?.volumes.length ?? 0;
  return volumes.length + had > 0 ? readRegistry(runner, [volume.pool]) : undefined;
}

async function readHost(config: BenchConfig, layout: Layout) {
  const record = await readHostRecord(config.name);
  const mounts = await readMounts();
  const wanted = [
    ...hostFiles(config, layout, record?.clone),
    ...keyFiles(config),
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
