import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hostFiles } from '../bench/host-files.js';
import { type HostRecord, readHostRecord } from '../bench/host-record.js';
import { type Layout, layoutOf, mountUnit, type PartName, SENTINEL } from '../bench/layout.js';
import { otherBenches } from '../bench/list.js';
import { BENCH_DIRECTORIES, SITE_CONFIG } from '../bench/structure.js';
import { isUnfinishedDataset } from '../bench/unfinished-dataset.js';
import { findUnfinishedPool } from '../bench/unfinished-pool.js';
import type { BenchConfig } from '../config/config.js';
import { type DiskContents, describeDiskContents } from '../disks/describe.js';
import { type Disk, discoverDisks } from '../disks/discover.js';
import type { Runner } from '../host/exec.js';
import { exists, freeBytes, readFiles, readText, resolved, sizeOf } from '../host/files.js';
import { readFstab } from '../host/fstab.js';
import { type Mount, readMounts, showsDataset } from '../host/mounts.js';
import { listeningPorts } from '../host/ports.js';
import { isHeldBack, UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import {
  type Dataset,
  type ImportablePool,
  importablePools,
  listDatasets,
  listPools,
  type PoolSummary,
  poolDevices,
} from '../zfs/zfs.js';
import { importDropInPaths } from './import-order.js';
import { inspectPart, type PartFacts } from './inspect-part.js';
import { stoppedUnitsPath } from './move.js';
import { inspectOperators, type OperatorFacts, wantedOperators } from './operators.js';
import { poolDirectoryObstacle } from './pool-directory.js';
import { inspectSoftware, type SoftwareFacts } from './software.js';

export interface PoolFacts extends PoolSummary {
  devices: string[];
  datasets: Dataset[];
}

/** Everything that the plan of `bench init` decides on. Reading it changes nothing. */
export interface Facts {
  layout: Layout;
  software: SoftwareFacts;
  pool: PoolFacts | undefined;
  /** Pools of the configured name that could be imported; only looked for where none is imported. */
  importable: ImportablePool[];
  /** Why `/<pool>` must not become a mount point; only looked at where no pool is imported. */
  poolDirectoryObstacle: string | undefined;
  /** Only looked for where a pool has to be made. */
  disks: Disk[];
  /**
   * The disk that the operator wants cleared, or on which making the pool was cut off; and what is on it, that only
   * where a pool has to be made.
   */
  wipe: { path: string; contents: DiskContents | undefined; isUnfinished?: true } | undefined;
  /** What `volume.device` leads to: one disk has several names. */
  devicePath: string | undefined;
  rootFreeBytes: number;
  imageFreeBytes: number;
  imageBytes: number | undefined;
  dataset: Dataset | undefined;
  /** The dataset's properties that bench sets, as `zfs get -p` prints them. */
  properties: Record<string, string>;
  datasetVisible: boolean;
  /** It has no mark of any bench, and is what an init of this one was cut off making; empty, as far as it can be seen. */
  datasetIsUnfinished: boolean;
  /** Whether the ZFS in the kernel knows direct I/O (2.3 and later); undefined while it is not loaded. */
  knowsDirect: boolean | undefined;
  rootSentinel: boolean;
  parts: Record<PartName, PartFacts>;
  fstab: string;
  mounts: readonly Mount[];
  /** Files that bench writes outside the dataset, by path; undefined where there is none. */
  files: Map<string, string>;
  unit: UnitState;
  /** Those of `maintenance.units` that run. */
  activeUnits: string[];
  /** Those that are started at boot, and were not: their guard has kept them from it, or what they depend on. */
  heldBackUnits: string[];
  /** Those that an interrupted init has stopped. */
  stoppedUnits: string[];
  /** Files of units have changed since systemd has read them. */
  unitsStale: boolean;
  /** systemd knows the bind mounts from fstab; otherwise it has not read them, or they are not in it yet. */
  bindsKnown: boolean;
  listening: ReadonlySet<number>;
  /** The other benches of the host, set up or only configured. */
  others: BenchConfig[];
  record: HostRecord | undefined;
  access: OperatorFacts;
  missingStructure: string[];
  benchOwner: { uid: number; gid: number };
}

/** What the operator asks of one init beyond bench.toml. */
export interface InitFlags {
  /** The disk of `--wipe-device`: it is cleared and the pool made on it. */
  wipeDevice: string | undefined;
  /** Of `--operator`. */
  operators: readonly string[];
}

/**
 * Reads the world for `bench init`: at most eight processes where the bench is finished.
 */
export async function inspect(
  config: BenchConfig,
  runner: Runner,
  { wipeDevice, operators: named }: InitFlags,
): Promise<Facts> {
  const layout = layoutOf(config);
  const record = await readHostRecord(config.name);
  const operators = await wantedOperators(runner, named, record);
  const software = await inspectSoftware(runner, { withAcl: operators.length > 0 });
  const missing = software.missingPackages;
  const hasZfs = software.zfs.module === 'loaded' && !missing.includes('zfsutils-linux');
  const pool = hasZfs ? await inspectPool(runner, config.volume.pool) : undefined;
  const needsBacking = pool === undefined;
  const importable =
    hasZfs && needsBacking
      ? (await importablePools(runner, importDirs(config))).filter(({ name }) => name === config.volume.pool)
      : [];
  const needsDisk = needsBacking && importable.length === 0;
  const mounts = await readMounts();
  const fstab = await readFstab();
  const dataset = pool?.datasets.find(({ name }) => name === layout.dataset);
  const datasetVisible = showsDataset(mounts, layout.mountpoint, layout.dataset, '/');
  const units = [layout.unit, ...config.maintenance.units];
  const mountUnits = Object.values(layout.parts).map(({ target }) => mountUnit(target));
  const states = missing.includes('mariadb-server')
    ? []
    : await unitStates(runner, [...units, ...mountUnits]);
  const [unit] = states;
  const devicePath = await resolved(config.volume.device);
  const parts = {
    benches: await inspectPart(layout, layout.parts.benches, mounts, datasetVisible, runner),
    mariadb: await inspectPart(layout, layout.parts.mariadb, mounts, datasetVisible, runner),
  };
  return {
    layout,
    software,
    pool,
    importable,
    poolDirectoryObstacle: needsBacking
      ? await poolDirectoryObstacle(`/${config.volume.pool}`, mounts, fstab, {
          isImported: importable.length > 0,
        })
      : undefined,
    disks:
      // zpool would load the module by itself, which is a step of its own.
      hasZfs && needsDisk && wipeDevice === undefined && config.volume.backing !== 'image'
        ? await discoverDisks(runner)
        : [],
    wipe:
      wipeDevice === undefined
        ? await unfinishedWipe(hasZfs && needsDisk && record === undefined, config, devicePath, runner)
        : {
            path: wipeDevice,
            contents: needsDisk ? await describeDiskContents(runner, wipeDevice) : undefined,
          },
    devicePath,
    rootFreeBytes: await freeBytes('/'),
    imageFreeBytes: await freeBytes(dirname(config.volume.image.path)),
    imageBytes: await sizeOf(config.volume.image.path),
    dataset,
    properties: dataset === undefined ? {} : await readProperties(runner, layout.dataset),
    datasetVisible,
    datasetIsUnfinished:
      dataset !== undefined &&
      record === undefined &&
      (await isUnfinishedDataset(config.name, dataset, datasetVisible)),
    knowsDirect: knowsDirect(await readText('/sys/module/zfs/version')),
    rootSentinel: datasetVisible && (await exists(join(layout.mountpoint, SENTINEL))),
    parts,
    fstab,
    files: await readFiles([
      ...hostFiles(config, layout).map(({ path }) => path),
      ...importDropInPaths(config.volume.pool),
    ]),
    mounts,
    unit: unit ?? UNKNOWN_UNIT,
    activeUnits: config.maintenance.units.filter((_, index) => isRunning(states[index + 1])),
    heldBackUnits: config.maintenance.units.filter((_, index) => isHeldBack(states[index + 1])),
    stoppedUnits: await readStoppedUnits(config.name),
    // An init that was killed may have changed unit files and fstab without systemd having read them.
    unitsStale: states.some(({ stale }) => stale),
    bindsKnown: states.slice(units.length).every(({ fragment }) => fragment !== ''),
    listening: await listeningPorts(),
    record,
    access: await inspectOperators(config, runner, operators, unit?.active === 'active'),
    others: await otherBenches(config.name),
    missingStructure: await missingStructure(parts.benches),
    benchOwner: await ownerOf(config.file),
  };
}

/** The disk that init had begun to make the pool on, unless bench.toml wants something else by now. */
async function unfinishedWipe(
  isWanted: boolean,
  { name, volume }: BenchConfig,
  devicePath: string | undefined,
  runner: Runner,
): Promise<Facts['wipe']> {
  if (!isWanted || volume.backing === 'image') return undefined;
  const contents = await findUnfinishedPool(runner, name, volume.pool);
  if (contents === undefined || (volume.device !== undefined && devicePath !== contents.disk.path))
    return undefined;
  return { path: volume.device ?? contents.disk.path, contents, isUnfinished: true };
}

/** Properties whose values init converges on. */
export const MANAGED_PROPERTIES = [
  'recordsize',
  'compression',
  'atime',
  'xattr',
  'acltype',
  'quota',
  'reservation',
] as const;

async function readProperties(runner: Runner, dataset: string): Promise<Record<string, string>> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-p', '-o', 'property,value', MANAGED_PROPERTIES.join(','), dataset],
  });
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t', 2) as [string, string]),
  );
}

export async function inspectPool(runner: Runner, name: string): Promise<PoolFacts | undefined> {
  const pool = (await listPools(runner)).find((candidate) => candidate.name === name);
  if (pool === undefined) return undefined;
  return {
    ...pool,
    devices: (await poolDevices(runner)).get(name) ?? [],
    // ZFS refuses to tell those of a suspended pool, which the plan refuses.
    datasets: pool.health === 'SUSPENDED' ? [] : await listDatasets(runner, name),
  };
}

/** An image is only found where it is looked for; disks are found by their names and below /dev. */
export function importDirs(config: BenchConfig): string[] {
  return [
    '/dev/disk/by-id',
    '/dev',
    ...(config.volume.backing === 'device' ? [] : [dirname(config.volume.image.path)]),
  ];
}

function isRunning(state: UnitState | undefined): boolean {
  return state !== undefined && state.active !== 'inactive' && state.active !== 'failed';
}

async function readStoppedUnits(bench: string): Promise<string[]> {
  const text = await readText(stoppedUnitsPath(bench));
  return text === undefined ? [] : (JSON.parse(text) as { units: string[] }).units;
}

async function missingStructure({ part, source, movedTo, target }: PartFacts): Promise<string[]> {
  const wanted = [...BENCH_DIRECTORIES, SITE_CONFIG];
  // What is brought into the dataset brings its own.
  const original = movedTo ?? (target === 'data' ? part.target : undefined);
  const benches = source === 'ours' ? part.source : original;
  if (benches === undefined) return wanted;
  const present = await Promise.all(wanted.map((name) => exists(join(benches, name))));
  return wanted.filter((_, index) => !present[index]);
}

/** Files that bench adds to a bench belong to whoever its bench.toml belongs to. */
async function ownerOf(path: string): Promise<{ uid: number; gid: number }> {
  if (!(await exists(path))) return { uid: 0, gid: 0 };
  const { uid, gid } = await lstat(path);
  return { uid, gid };
}

/** Direct I/O came with OpenZFS 2.3 (zfsprops(7), `direct`). */
function knowsDirect(version: string | undefined): boolean | undefined {
  const match = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (match === null) return undefined;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > 2 || (major === 2 && minor >= 3);
}
