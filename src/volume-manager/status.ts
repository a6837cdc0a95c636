import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { parseFstab, readFstab } from '../host/fstab.js';
import { formatSource, type Mount, mountAt, readMounts, showsDataset } from '../host/mounts.js';
import { MariaDbError } from '../mariadb/errors.js';
import { type InstanceState, instanceState } from '../mariadb/state.js';
import { finishCommand, readJournal } from '../snapshot/journal.js';
import { type HostRecord, readHostRecord } from './host-record.js';
import { type Layout, layoutOf } from './layout.js';
import { findDataset, listSnapshots } from './zfs.js';
import { listPools, poolDevices } from './zpool.js';

/** One thing that is wrong, with the command that mends it. */
export interface Problem {
  code: string;
  message: string;
  fix: string;
}

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
  const state = await instanceState(runner, layout.unit);
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
    mariadb: await readMariaDb(config, layout, state),
    snapshots: {
      count: snapshots.length,
      latest: latest === undefined ? null : { tag: latest.tag, createdAt: latest.createdAt.toISOString() },
    },
    problems: [],
  };
  status.problems = findProblems(config, status, {
    mounts,
    datasetExists: dataset !== undefined,
    interruptedRestore: (await readJournal(config.name))?.tag,
    record,
    mariadb: state,
  });
  return status;
}

function backingOf(
  config: BenchConfig,
  record: HostRecord | undefined,
  devices: readonly string[],
): Status['pool']['backing'] {
  if (record !== undefined) return { kind: record.backing.kind, path: record.backing.path };
  return { kind: config.volume.backing, path: devices[0] ?? null };
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

interface Evidence {
  mounts: readonly Mount[];
  datasetExists: boolean;
  /** The tag of a restore that was interrupted. */
  interruptedRestore: string | undefined;
  record: HostRecord | undefined;
  mariadb: InstanceState;
}

/** What is wrong, the cause before its consequences: mending from the top mends the rest. Pure. */
export function findProblems(config: BenchConfig, status: Status, evidence: Evidence): Problem[] {
  const problems: Problem[] = [];
  const tag = evidence.interruptedRestore;
  // Nothing but the restore itself goes on from where it was cut off; init refuses.
  const finish = tag === undefined ? undefined : finishCommand(config.name, { tag });
  const init = finish ?? `bench init -b ${config.name}`;
  const add = (code: string, message: string, fix: string) => problems.push({ code, message, fix });
  const { pool, dataset, binds, mariadb } = status;
  if (finish !== undefined) add('restore-unfinished', `A restore to ${tag} was interrupted.`, finish);
  if (pool.health === MISSING) {
    const where = pool.backing.path === null ? '' : `; it lies on ${pool.backing.path}`;
    add('pool-missing', `Pool ${pool.name} is not imported${where}.`, init);
    return problems;
  }
  if (pool.health !== 'ONLINE') {
    add('pool-degraded', `Pool ${pool.name} is ${pool.health}.`, `zpool status ${pool.name}`);
  }
  if (!evidence.datasetExists) {
    add('dataset-missing', `There is no dataset ${dataset.name}.`, init);
    return problems;
  }
  if (!dataset.mounted)
    add('dataset-unmounted', `${dataset.name} is not mounted at ${dataset.mountpoint}.`, init);
  for (const bind of binds) {
    const mount = mountAt(evidence.mounts, bind.target);
    if (!bind.inFstab)
      add('fstab-missing', `/etc/fstab does not mount ${bind.source} at ${bind.target}.`, init);
    if (bind.mounted) continue;
    if (mount === undefined) add('bind-missing', `${bind.source} is not mounted at ${bind.target}.`, init);
    else {
      const message = `${bind.target} shows ${formatSource(mount)} instead of ${bind.source}.`;
      add('bind-wrong', message, `umount ${bind.target} && ${init}`);
    }
  }
  if (evidence.mariadb === 'starting') {
    add('mariadb-starting', `${mariadb.unit} is still starting.`, `journalctl -f -u '${mariadb.unit}'`);
  } else if (!mariadb.active) {
    add('mariadb-down', `${mariadb.unit} is not running.`, finish ?? `systemctl start '${mariadb.unit}'`);
  } else if (mariadb.version === null) {
    add('mariadb-silent', `MariaDB does not answer on ${mariadb.socket}.`, `journalctl -u '${mariadb.unit}'`);
  }
  if (evidence.record === undefined)
    add('record-missing', 'This bench is not recorded outside its dataset.', init);
  return problems;
}
