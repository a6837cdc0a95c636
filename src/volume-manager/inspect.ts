import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  asClone,
  BENCH_DIRECTORIES,
  findUnfinishedPool,
  type HostRecord,
  hostFiles,
  isUnfinishedDataset,
  layoutOf,
  mountUnit,
  otherBenches,
  otherRecords,
  poolBacking,
  readHostRecord,
  SENTINEL,
  SITE_CONFIG,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { readLimits } from '../config/host-config.js';
import { describeDiskContents, discoverDisks } from '../disks/disks.js';
import type { Runner } from '../host/exec.js';
import { exists, freeBytes, readFiles, readText, resolved, sizeOf } from '../host/files.js';
import { readFstab } from '../host/fstab.js';
import { readMounts, showsDataset } from '../host/mounts.js';
import { listeningPorts } from '../host/ports.js';
import { isHeldBack, isRunning, UNKNOWN_UNIT, unitStates } from '../host/systemd.js';
import { keyFiles } from '../keys/keys.js';
import { readRegistry } from '../registry/registry.js';
import { hasZstd, importablePoolsNamed, listDatasetsWith, listPoolsWithDevices } from '../zfs/zfs.js';
import type { Facts, InitFlags, PartFacts, PoolFacts } from './facts.js';
import { importDropInPaths } from './import-order.js';
import { inspectPart } from './inspect-part.js';
import { inspectKey } from './key-facts.js';
import { stoppedUnitsPath } from './move.js';
import { inspectOperators, wantedOperators } from './operators.js';
import { poolDirectoryObstacle } from './pool-directory.js';
import { COMPRESSIONS, MANAGED_PROPERTIES } from './properties.js';
import { inspectSoftware } from './software.js';

/**
 * Reads the world for `bench init`. Where the bench is finished: three processes, and one each for the users that it
 * names, their access, and its volumes.
 */
export async function inspect(
  config: BenchConfig,
  runner: Runner,
  { wipeDevice, operators: named, key: keyFlags }: InitFlags,
): Promise<Facts> {
  const layout = layoutOf(config);
  const record = await readHostRecord(config.name);
  const operators = await wantedOperators(runner, named, record);
  const software = await inspectSoftware(runner, { withAcl: operators.length > 0 });
  const missing = software.missingPackages;
  const hasZfs = software.zfs.module === 'loaded' && !missing.includes('zfsutils-linux');
  const zfsVersion = await readText('/sys/module/zfs/version');
  const knowsDirect = isAtLeast(zfsVersion, 2, 3);
  const pool = hasZfs ? await inspectPool(runner, config, record, knowsDirect) : undefined;
  const needsBacking = pool === undefined;
  const importable =
    hasZfs && needsBacking ? await importablePoolsNamed(runner, config.volume.pool, importDirs(config)) : [];
  const needsDisk = needsBacking && importable.length === 0;
  const mounts = await readMounts();
  const fstab = await readFstab();
  const dataset = pool?.datasets.find(({ name }) => name === layout.dataset);
  const properties = pool?.properties.get(layout.dataset) ?? {};
  const datasetVisible = showsDataset(mounts, layout.mountpoint, layout.dataset, '/');
  const { units: others } = asClone(config, dataset).maintenance;
  const units = [layout.unit, ...others];
  const mountUnits = Object.values(layout.parts).map(({ target }) => mountUnit(target));
  const states = missing.includes('mariadb-server')
    ? []
    : await unitStates(runner, [...units, ...mountUnits]);
  const [unit] = states;
  const key = await inspectKey(config, runner, { hasPool: pool?.isOpen === true, mounts, flags: keyFlags });
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
    properties,
    datasetVisible,
    datasetIsUnfinished:
      dataset !== undefined &&
      record === undefined &&
      (await isUnfinishedDataset(config.name, dataset, datasetVisible)),
    knowsDirect,
    knowsZstd:
      isAtLeast(zfsVersion, 2, 0) === true &&
      // A dataset that has one or the other keeps it; a pool that does not answer is refused.
      (pool === undefined ||
        isMute(pool) ||
        COMPRESSIONS.includes(properties.compression) ||
        (await hasZstd(runner, pool.name))),
    rootSentinel: datasetVisible && (await exists(join(layout.mountpoint, SENTINEL))),
    parts,
    fstab,
    ...(key === undefined ? {} : { key }),
    files: await readFiles([
      ...[...hostFiles(config, layout, undefined), ...keyFiles(config)].map(({ path }) => path),
      ...importDropInPaths(config.volume.pool),
    ]),
    mounts,
    unit: unit ?? UNKNOWN_UNIT,
    activeUnits: others.filter((_, index) => isRunning(states[index + 1])),
    heldBackUnits: others.filter((_, index) => isHeldBack(states[index + 1])),
    stoppedUnits: await readStoppedUnits(config.name),
    // An init that was killed may have changed unit files and fstab without systemd having read them.
    unitsStale: states.some(({ stale }) => stale),
    bindsKnown: states.slice(units.length).every(({ fragment }) => fragment !== ''),
    listening: await listeningPorts(),
    record,
    registry:
      pool !== undefined && config.volumes.length + (record?.volumes.length ?? 0) > 0
        ? await readRegistry(runner, [pool.name])
        : undefined,
    limits: await readLimits(),
    access: await inspectOperators(config, runner, operators, unit?.active === 'active'),
    others: await otherBenches(config.name),
    otherRecords: needsBacking ? await otherRecords(config.name) : [],
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

/** With the properties that init converges on: dataset → property → value. */
export async function inspectPool(
  runner: Runner,
  { volume }: BenchConfig,
  record: HostRecord | undefined,
  withDirect = false,
): Promise<(PoolFacts & { properties: Map<string, Record<string, string>> }) | undefined> {
  const pool = (await listPoolsWithDevices(runner)).find(({ name }) => name === volume.pool);
  if (pool === undefined) return undefined;
  const { devices, ...summary } = pool;
  return {
    ...summary,
    backingPath: poolBacking(devices, [volume.device, record?.backing.path]),
    // The plan refuses such a pool.
    ...(isMute(pool)
      ? { datasets: [], properties: new Map() }
      : await listDatasetsWith(runner, pool.name, [
          ...MANAGED_PROPERTIES,
          ...(withDirect ? ['direct'] : []),
        ])),
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

/** Direct I/O came with OpenZFS 2.3 (zfsprops(7), `direct`), zstd with 2.0. Undefined where the version is not known. */
function isAtLeast(version: string | undefined, major: number, minor: number): boolean | undefined {
  const match = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (match === null) return undefined;
  const [hasMajor, hasMinor] = [Number(match[1]), Number(match[2])];
  return hasMajor > major || (hasMajor === major && hasMinor >= minor);
}

/** ZFS refuses to tell the datasets of a suspended pool, or of one that it cannot open. */
function isMute({ health, isOpen }: Pick<PoolFacts, 'health' | 'isOpen'>): boolean {
  return health === 'SUSPENDED' || !isOpen;
}
