import { lstat } from 'node:fs/promises';
import {
  type HostRecord,
  hostFiles,
  type Layout,
  layoutOf,
  readHostRecord,
  readJournal,
  suspendedPools,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import { forecastOf } from '../forecast/forecast.js';
import { CommandError, CommandNotFoundError, type Runner } from '../host/exec.js';
import { exists, readFiles } from '../host/files.js';
import { parseFstab, readFstab } from '../host/fstab.js';
import { readMounts, showsDataset } from '../host/mounts.js';
import { UNKNOWN_UNIT, unitStates } from '../host/systemd.js';
import {
  greetedVersion,
  type InstanceState,
  MariaDbError,
  stateOf,
  upgradeUnit,
} from '../mariadb/mariadb.js';
import { findKept, keptNames } from '../snapshot/snapshot-orchestrator.js';
import { importDirs, importOrder } from '../volume-manager/volume-manager.js';
import {
  type ImportablePool,
  importablePools,
  listDatasets,
  listPools,
  listSnapshots,
  readPoolCondition,
  type Snapshot,
} from '../zfs/zfs.js';
import type { Interrupted } from './evidence.js';
import { findProblems } from './find-problems.js';
import { suspendedProblem } from './pool-problems.js';
import { MISSING, type Status } from './report.js';
import { lookAtSchedule } from './schedule-look.js';

/**
 * Looks at everything that makes up a bench's volume. Changes nothing; a missing pool is an answer. Of a suspended one
 * nothing is asked and no file is touched: that would be waited for without end.
 */
export async function readStatus(config: BenchConfig, runner: Runner): Promise<Status> {
  const layout = layoutOf(config);
  const record = await readHostRecord(config.name);
  const isSuspended = (await suspendedPools()).includes(config.volume.pool);
  const upgrade = upgradeUnit(config.mariadb.instance);
  const { units } = config.maintenance;
  const look = await lookAtSchedule(config);
  // What does not wait for one another runs side by side: most of the time is that of starting processes.
  const [pools, states] = await Promise.all([
    isSuspended ? [] : listPools(runner),
    unitStates(runner, [layout.unit, upgrade, ...units, ...look.units]),
  ]);
  const pool = pools.find(({ name }) => name === config.volume.pool);
  const [datasets, snapshots, condition] =
    pool === undefined
      ? [[], [], undefined]
      : await Promise.all([
          listDatasets(runner, pool.name),
          listSnapshots(runner, layout.dataset),
          readPoolCondition(runner, pool.name),
        ]);
  const dataset = datasets.find(({ name }) => name === layout.dataset);
  const mayHaveKept = datasets.some(({ name }) => name === keptNames(layout.dataset).kept);
  const mounts = await readMounts();
  const fstab = parseFstab(await readFstab());
  const now = new Date();
  const schedule = look.judge(states.slice(2 + units.length), snapshots, now);
  const [unit = UNKNOWN_UNIT, upgradeState = UNKNOWN_UNIT, ...others] = states;
  const status: Status = {
    pool: {
      name: config.volume.pool,
      health: isSuspended ? 'SUSPENDED' : (pool?.health ?? MISSING),
      sizeBytes: pool?.sizeBytes ?? 0,
      allocatedBytes: pool?.allocatedBytes ?? 0,
      freeBytes: pool?.freeBytes ?? 0,
      backing: backingOf(config, record, condition?.devices[0]?.path),
    },
    dataset: {
      name: layout.dataset,
      mountpoint: dataset?.mountpoint ?? layout.mountpoint,
      mounted: showsDataset(mounts, layout.mountpoint, layout.dataset, '/'),
      usedBytes: dataset?.usedBytes ?? 0,
      availableBytes: dataset?.availableBytes ?? 0,
      quotaBytes: dataset?.quotaBytes ?? 0,
      reservationBytes: dataset?.reservationBytes ?? 0,
    },
    binds: Object.values(layout.parts).map(({ name, source, target }) => ({
      source,
      target,
      mounted: showsDataset(mounts, target, layout.dataset, `/${name}`),
      inFstab: fstab.some((entry) => entry.source === source && entry.target === target),
    })),
    mariadb: await readMariaDb(config, layout, stateOf(unit), !isSuspended),
    snapshots: {
      count: snapshots.length,
      latest: named(snapshots[0]),
      latestScheduled: named(snapshots.find(({ scheduled }) => scheduled)),
    },
    schedule: schedule?.status ?? null,
    forecast:
      pool === undefined || dataset === undefined
        ? null
        : await forecastOf(config.name, { pool, dataset, snapshots }, now),
    problems: [],
  };
  if (isSuspended) {
    status.problems = [suspendedProblem(status.pool)];
    return status;
  }
  const wanted = [
    ...hostFiles(config, layout),
    ...(record === undefined ? [] : importOrder(config.volume.pool, record.backing, mounts)),
  ];
  status.problems = findProblems(config, status, await readInterrupted(config.name), {
    mounts,
    fstab,
    kept: mayHaveKept ? await findKept(runner, layout.dataset) : undefined,
    record,
    pool,
    importable: pool === undefined ? await findImportable(config, runner) : undefined,
    backingPresent: status.pool.backing.path !== null && (await exists(status.pool.backing.path)),
    dataset,
    datasets,
    condition,
    now,
    ...(schedule === undefined ? {} : { schedule }),
    mountpointBlocked: !status.dataset.mounted && (await isBlocked(layout.mountpoint)),
    hostFiles: wanted,
    files: await readFiles(wanted.map(({ path }) => path)),
    unit,
    others: units.map((name, index) => ({ name, state: others[index] ?? UNKNOWN_UNIT })),
    upgrade: { name: upgrade, state: upgradeState },
  });
  return status;
}

function named(snapshot: Snapshot | undefined): Status['snapshots']['latest'] {
  return snapshot === undefined ? null : { tag: snapshot.tag, createdAt: snapshot.createdAt.toISOString() };
}

/** Looking for pools takes root; who may not is told less. */
async function findImportable(config: BenchConfig, runner: Runner): Promise<ImportablePool[] | undefined> {
  try {
    const pools = await importablePools(runner, importDirs(config));
    return pools.filter(({ name }) => name === config.volume.pool);
  } catch (error) {
    if (error instanceof CommandError || error instanceof CommandNotFoundError) return undefined;
    throw error;
  }
}

async function isBlocked(mountpoint: string): Promise<boolean> {
  const found = await lstat(mountpoint).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
}

function backingOf(
  config: BenchConfig,
  record: HostRecord | undefined,
  device: string | undefined,
): Status['pool']['backing'] {
  if (record !== undefined) return { kind: record.backing.kind, path: record.backing.path };
  return { kind: config.volume.backing, path: device ?? null };
}

/** A journal that cannot be read is told beside everything else that can be. */
async function readInterrupted(bench: string): Promise<Interrupted> {
  try {
    return { restore: await readJournal(bench) };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { unreadable: error };
  }
}

/** The version is what the server greets with: that takes no privilege and no lock. */
async function readMariaDb(
  config: BenchConfig,
  layout: Layout,
  state: InstanceState,
  mayAsk: boolean,
): Promise<Status['mariadb']> {
  const { instance, socketPath: socket } = config.mariadb;
  const active = state === 'running';
  const version = active && mayAsk ? await readVersion(socket) : null;
  return { instance, unit: layout.unit, active, version, socket };
}

const VERSION_TIMEOUT_MS = 3000;

async function readVersion(socketPath: string): Promise<string | null> {
  try {
    return await greetedVersion(socketPath, VERSION_TIMEOUT_MS);
  } catch (error) {
    if (error instanceof MariaDbError) return null;
    throw error;
  }
}
