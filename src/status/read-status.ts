import { lstat } from 'node:fs/promises';
import {
  asClone,
  cloneJson,
  clonesOf,
  DATA,
  type HostRecord,
  isGuarded,
  isTimedByInit,
  type Layout,
  layoutOf,
  poolBacking,
  readGuard,
  readJournal,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import { forecastOf } from '../forecast/forecast.js';
import { CommandError, CommandNotFoundError, type Runner } from '../host/exec.js';
import { exists } from '../host/files.js';
import { showsDataset } from '../host/mounts.js';
import { greetedVersion, type InstanceState, MariaDbError, stateOf } from '../mariadb/mariadb.js';
import { findKept, keptNames, readProofs } from '../snapshot/snapshot-orchestrator.js';
import { importDirs } from '../volume-manager/volume-manager.js';
import { type ImportablePool, importablePoolsNamed, NO_SNAPSHOTS, summariseSnapshots } from '../zfs/zfs.js';
import { ask } from './ask.js';
import { lookAtCopies } from './copy-problems.js';
import type { Interrupted } from './evidence.js';
import { findProblems } from './find-problems.js';
import { halfBench } from './half-bench.js';
import { suspendedProblem } from './pool-problems.js';
import { MISSING, type Status } from './report.js';

/**
 * Looks at everything that makes up a bench's volume. Changes nothing; a missing pool is an answer. Of a suspended one
 * nothing is asked and no file is touched: that would be waited for without end.
 */
export async function readStatus(config: BenchConfig, runner: Runner): Promise<Status> {
  const layout = layoutOf(config);
  const answers = await ask(config, layout, runner);
  const { pool, isSuspended, record, condition, datasets, mounts, fstab, unit } = answers;
  const dataset = datasets.find(({ name }) => name === layout.dataset);
  const mayHaveKept = datasets.some(({ name }) => name === keptNames(layout.dataset).kept);
  const isMounted = showsDataset(mounts, layout.mountpoint, layout.dataset, '/');
  const [snapshots, mariadb] = await Promise.all([
    dataset === undefined
      ? NO_SNAPSHOTS
      : summariseSnapshots(runner, dataset, isMounted ? layout.mountpoint : undefined),
    readMariaDb(config, layout, stateOf(unit), !isSuspended),
  ]);
  const { count, latest } = snapshots;
  const now = new Date();
  const status: Status = {
    pool: {
      name: config.volume.pool,
      health: isSuspended ? 'SUSPENDED' : (pool?.health ?? MISSING),
      sizeBytes: pool?.sizeBytes ?? 0,
      allocatedBytes: pool?.allocatedBytes ?? 0,
      freeBytes: pool?.freeBytes ?? 0,
      backing: backingOf(config, record, condition?.devices.map(({ path }) => path) ?? []),
    },
    dataset: {
      name: layout.dataset,
      mountpoint: dataset?.mountpoint ?? layout.mountpoint,
      mounted: isMounted,
      usedBytes: dataset?.usedBytes ?? 0,
      availableBytes: dataset?.availableBytes ?? 0,
      quotaBytes: dataset?.quotaBytes ?? 0,
      reservationBytes: dataset?.reservationBytes ?? 0,
    },
    binds: bindsOf(layout).map(({ source, target, dataset, root }) => ({
      source,
      target,
      mounted: showsDataset(mounts, target, dataset, root),
      inFstab: fstab.some((entry) => entry.source === source && entry.target === target),
    })),
    mariadb,
    snapshots: {
      count,
      latest: latest === undefined ? null : { tag: latest.tag, createdAt: latest.createdAt.toISOString() },
    },
    clone: cloneJson(dataset),
    clones: clonesOf(layout.dataset, datasets),
    schedule: answers.schedule?.status ?? null,
    forecast:
      pool === undefined || dataset === undefined
        ? null
        : await forecastOf(config.name, { pool, dataset, snapshots: [] }, now),
    problems: [],
  };
  if (isSuspended) {
    status.problems = [suspendedProblem(status.pool)];
    return status;
  }
  status.problems = findProblems(asClone(config, dataset), status, await readInterrupted(config.name), {
    ...answers,
    kept: mayHaveKept ? await findKept(runner, layout.dataset) : undefined,
    importable: pool === undefined ? await findImportable(config, runner) : undefined,
    backingPresent: status.pool.backing.path !== null && (await exists(status.pool.backing.path)),
    dataset,
    now,
    proofs: wantsProofs(config) ? await readProofs(runner, layout.dataset, count) : [],
    copies: await lookAtCopies(config, isTimedByInit(status.clone)),
    mountpointBlocked: !isMounted && (await isBlocked(layout.mountpoint)),
  });
  return status;
}

/** Whether bench.toml wants snapshots to be proven. Pure. */
export function wantsProofs({ verify }: BenchConfig): boolean {
  return verify.maxAgeMs !== undefined || verify.schedule !== undefined;
}

/** What is seen through bind mounts: the directories of the bench, and the volumes below them. */
function bindsOf(layout: Layout) {
  return [
    ...Object.values(layout.parts).map(({ name, source, target }) => ({
      source,
      target,
      dataset: layout.dataset,
      root: `/${name}`,
    })),
    ...layout.volumes.map(({ source, target, dataset }) => ({
      source,
      target,
      dataset,
      root: `/${DATA}`,
    })),
  ];
}

/** Looking for pools takes root; who may not is told less. */
async function findImportable(config: BenchConfig, runner: Runner): Promise<ImportablePool[] | undefined> {
  try {
    return await importablePoolsNamed(runner, config.volume.pool, importDirs(config));
  } catch (error) {
    if (error instanceof CommandError || error instanceof CommandNotFoundError) return undefined;
    throw error;
  }
}

async function isBlocked(mountpoint: string): Promise<boolean> {
  const found = await lstat(mountpoint).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
}

/** Of a pool that is imported what it really lies on: a disk may have been replaced since it was recorded. */
function backingOf(
  config: BenchConfig,
  record: HostRecord | undefined,
  devices: readonly string[],
): Status['pool']['backing'] {
  const path = poolBacking(devices, [record?.backing.path]);
  if (path === undefined) return { kind: config.volume.backing, path: null };
  if (record === undefined) return { kind: config.volume.backing, path };
  return { kind: path.startsWith('/dev/') ? 'device' : 'image', path };
}

/** A journal that cannot be read is told beside everything else that can be. */
async function readInterrupted(bench: string): Promise<Interrupted> {
  try {
    const guard = await readGuard(bench);
    const isLeft = guard !== undefined && !(await isGuarded(guard));
    const half = await halfBench(bench);
    return { restore: await readJournal(bench), guard: isLeft ? guard : undefined, bench: half };
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
