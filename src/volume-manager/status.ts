import { lstat } from 'node:fs/promises';
import type { BenchConfig } from '../config/config.js';
import { humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';
import { CommandError, CommandNotFoundError, type Runner } from '../host/exec.js';
import { exists, readFiles } from '../host/files.js';
import { parseFstab, readFstab } from '../host/fstab.js';
import { readMounts, showsDataset } from '../host/mounts.js';
import { UNKNOWN_UNIT, unitStates } from '../host/systemd.js';
import { MariaDbError } from '../mariadb/errors.js';
import { upgradeUnit } from '../mariadb/instance.js';
import { type InstanceState, stateOf } from '../mariadb/state.js';
import { describeRestore, finishCommand, type RestoreJournal, readJournal } from '../snapshot/journal.js';
import { findKept } from '../snapshot/kept.js';
import { hostFiles } from './host-files.js';
import { type HostRecord, readHostRecord } from './host-record.js';
import { importOrder } from './import-order.js';
import { importDirs } from './inspect.js';
import { type Layout, layoutOf } from './layout.js';
import {
  bindProblems,
  datasetProblems,
  type Evidence,
  fileProblems,
  mendCommand,
  type Problem,
  poolProblems,
  serviceProblems,
} from './problems.js';
import { findDataset, listSnapshots } from './zfs.js';
import { type ImportablePool, importablePools, listPools, poolDevices } from './zpool.js';

/** What `bench volume status --json` prints: bytes as integers, times ISO 8601 UTC (SPEC section 5). */
export interface Status {
  pool: {
    name: string;
    health: string;
    sizeBytes: number;
    allocatedBytes: number;
    freeBytes: number;
    backing: { kind: 'device' | 'image' | 'auto'; path: string | null };
  };
  dataset: {
    name: string;
    mountpoint: string;
    mounted: boolean;
    usedBytes: number;
    availableBytes: number;
    quotaBytes: number;
    reservationBytes: number;
  };
  binds: { source: string; target: string; mounted: boolean; inFstab: boolean }[];
  mariadb: { instance: string; unit: string; active: boolean; version: string | null; socket: string };
  snapshots: { count: number; latest: { tag: string; createdAt: string } | null };
  problems: Problem[];
}

/** The health that is shown for a pool which is not imported. */
export const MISSING = 'MISSING';

/** Looks at everything that makes up a bench's volume. Changes nothing; a missing pool is an answer. */
export async function readStatus(config: BenchConfig, runner: Runner): Promise<Status> {
  const layout = layoutOf(config);
  const record = await readHostRecord(config.name);
  const pool = (await listPools(runner)).find(({ name }) => name === config.volume.pool);
  const dataset = pool === undefined ? undefined : await findDataset(runner, layout.dataset);
  const snapshots = dataset === undefined ? [] : await listSnapshots(runner, layout.dataset);
  const devices = pool === undefined ? [] : ((await poolDevices(runner)).get(pool.name) ?? []);
  const mounts = await readMounts();
  const fstab = parseFstab(await readFstab());
  const latest = snapshots[0];
  const upgrade = upgradeUnit(config.mariadb.instance);
  const { units } = config.maintenance;
  const states = await unitStates(runner, [layout.unit, upgrade, ...units]);
  const [unit = UNKNOWN_UNIT, upgradeState = UNKNOWN_UNIT, ...others] = states;
  const status: Status = {
    pool: {
      name: config.volume.pool,
      health: pool?.health ?? MISSING,
      sizeBytes: pool?.sizeBytes ?? 0,
      allocatedBytes: pool?.allocatedBytes ?? 0,
      freeBytes: pool?.freeBytes ?? 0,
      backing: backingOf(config, record, devices),
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
    mariadb: await readMariaDb(config, layout, stateOf(unit)),
    snapshots: {
      count: snapshots.length,
      latest: latest === undefined ? null : { tag: latest.tag, createdAt: latest.createdAt.toISOString() },
    },
    problems: [],
  };
  const wanted = [
    ...hostFiles(config, layout),
    ...(record === undefined ? [] : importOrder(config.volume.pool, record.backing, mounts)),
  ];
  status.problems = findProblems(config, status, await readInterrupted(config.name), {
    mounts,
    fstab,
    kept: pool === undefined ? undefined : await findKept(runner, layout.dataset),
    record,
    pool,
    importable: pool === undefined ? await findImportable(config, runner) : undefined,
    backingPresent: status.pool.backing.path !== null && (await exists(status.pool.backing.path)),
    dataset,
    mountpointBlocked: !status.dataset.mounted && (await isBlocked(layout.mountpoint)),
    hostFiles: wanted,
    files: await readFiles(wanted.map(({ path }) => path)),
    unit,
    others: units.map((name, index) => ({ name, state: others[index] ?? UNKNOWN_UNIT })),
    upgrade: { name: upgrade, state: upgradeState },
  });
  return status;
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
  devices: readonly string[],
): Status['pool']['backing'] {
  if (record !== undefined) return { kind: record.backing.kind, path: record.backing.path };
  return { kind: config.volume.backing, path: devices[0] ?? null };
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

/** The version needs a connection, which needs no lock and no privilege beyond the socket's. */
async function readMariaDb(
  config: BenchConfig,
  layout: Layout,
  state: InstanceState,
): Promise<Status['mariadb']> {
  const { instance, socketPath: socket } = config.mariadb;
  const active = state === 'running';
  return { instance, unit: layout.unit, active, version: active ? await readVersion(socket) : null, socket };
}

const VERSION_TIMEOUT_MS = 3000;

async function readVersion(socketPath: string): Promise<string | null> {
  const { connect, serverVersion } = await import('../mariadb/connection.js');
  try {
    const session = await connect({ socketPath, timeoutMs: VERSION_TIMEOUT_MS });
    try {
      return (await serverVersion(session)).text;
    } finally {
      await session.close();
    }
  } catch (error) {
    if (error instanceof MariaDbError) return null;
    throw error;
  }
}

/** A restore or an undo that did not come to its end. */
export interface Interrupted {
  restore?: Pick<RestoreJournal, 'mode' | 'tag'> | undefined;
  /** Why the journal that would tell cannot be read. */
  unreadable?: RefusedError;
}

/** What is wrong, the cause before its consequences: mending from the top mends the rest. Pure. */
export function findProblems(
  config: BenchConfig,
  status: Status,
  { restore, unreadable }: Interrupted,
  evidence: Evidence,
): Problem[] {
  const problems: Problem[] = [];
  // Nothing but the restore itself goes on from where it was cut off; init refuses.
  const finish = restore === undefined ? unreadable?.suggestions[0] : finishCommand(config.name, restore);
  const mend = finish ?? mendCommand(config, status, evidence);
  const add = (code: string, message: string, fix: string) => problems.push({ code, message, fix });
  if (restore !== undefined) add('restore-unfinished', `${describeRestore(restore)} was interrupted.`, mend);
  if (unreadable !== undefined)
    add('journal-invalid', unreadable.message.replace(/ Nothing was changed\.$/, ''), mend);
  problems.push(...poolProblems(status, evidence, mend));
  if (evidence.pool === undefined || problems.some(({ code }) => code === 'pool-other')) return problems;
  const addOfBench = (found: readonly Problem[]) =>
    problems.push(...found.map(({ fix, ...rest }) => ({ ...rest, fix: finish ?? fix })));
  addOfBench(datasetProblems(status, evidence, mend));
  if (evidence.dataset === undefined) return problems;
  addOfBench(bindProblems(status, evidence, mend));
  addOfBench(fileProblems(evidence, mend));
  addOfBench(serviceProblems(status, evidence, mend));
  if (evidence.record === undefined)
    add('record-missing', 'This bench is not recorded outside its dataset.', mend);
  // No harm, but it takes space, and it is what can be undone.
  if (evidence.kept !== undefined && finish === undefined) {
    const { dataset: name, keptAt, usedBytes } = evidence.kept;
    const undo = `bench volume undo-restore -b ${config.name}`;
    const message = `${name} is kept since ${keptAt} and takes ${humanSize(usedBytes)}: a restore can be undone.`;
    add('kept-undo', message, `${undo} brings it back; ${undo} --discard drops it`);
  }
  return problems;
}
