import { lstat } from 'node:fs/promises';
import {
  type HostRecord,
  hostFiles,
  type Layout,
  layoutOf,
  readHostRecord,
  UNIT_DIRECTORY,
} from '../bench/bench.js';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { type Limits, readLimits } from '../config/host-config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { readFiles } from '../host/files.js';
import { type FstabEntry, parseFstab, readFstab } from '../host/fstab.js';
import { type Mount, readMounts, showsDataset } from '../host/mounts.js';
import type { Owner } from '../host/users.js';
import { volumeName } from '../names.js';
import {
  findVolumes,
  type Registry,
  readRegistry,
  readRegistryAround,
  type Volume,
} from '../registry/registry.js';
import type { Step } from '../steps/steps.js';

/** What a change of a bench's volumes is decided on. Reading it changes nothing. */
export interface BenchFacts {
  layout: Layout;
  registry: Registry;
  limits: Limits;
  record: HostRecord;
  mounts: readonly Mount[];
  fstab: readonly FstabEntry[];
  owner: Owner;
}

/**
 * @param volume as it was named; undefined where all of them count
 * @throws RefusedError `bench-not-ready` where the bench is not set up, or its dataset cannot be seen
 */
export async function readBenchFacts(
  config: BenchConfig,
  runner: Runner,
  volume: string | undefined,
): Promise<BenchFacts> {
  const layout = layoutOf(config);
  const record = await readHostRecord(config.name);
  const mounts = await readMounts();
  const { target, name } = layout.parts.benches;
  if (record === undefined || !showsDataset(mounts, target, layout.dataset, `/${name}`)) {
    throw new RefusedError(
      'bench-not-ready',
      `The bench ${config.name} is not set up, or ${target} does not show its dataset. Nothing was changed.`,
      { suggestions: [`bench volume status -b ${config.name}`, `bench init -b ${config.name}`] },
    );
  }
  const { uid, gid } = await lstat(config.file);
  const limits = await readLimits();
  // How many a bench has is counted where that is limited.
  const one = limits.maxVolumesPerBench === undefined ? volume : undefined;
  return {
    layout,
    registry: await registryFor(one, config.name, runner),
    limits,
    record,
    mounts,
    fstab: parseFstab(await readFstab()),
    owner: { uid, gid },
  };
}

/** Of a volume that is called by its name the others do not matter, however many there are. */
async function registryFor(wanted: string | undefined, bench: string, runner: Runner): Promise<Registry> {
  const leaf = wanted?.slice(wanted.lastIndexOf('/') + 1);
  if (wanted === undefined || leaf === undefined || volumeName(leaf) !== undefined)
    return readRegistry(runner);
  const around = await readRegistryAround(runner, leaf, bench);
  // The key of a clone belongs to another one.
  const isEnough = findVolumes(around.volumes, wanted).length > 0 && around.volumes.every(hasOwnKey);
  return isEnough ? around : readRegistry(runner);
}

function hasOwnKey({ dataset, lockedBy }: Volume): boolean {
  return lockedBy === undefined || lockedBy === dataset;
}

/** What bench writes on the host for this bench, wherever it is not so already. Reads files only. */
export async function fileSteps(config: BenchConfig): Promise<Step[]> {
  const record = await readHostRecord(config.name);
  const wanted = hostFiles(config, layoutOf(config), record?.clone).filter(({ path }) =>
    path.startsWith(UNIT_DIRECTORY),
  );
  const present = await readFiles(wanted.map(({ path }) => path));
  return wanted
    .filter(({ path, content }) => present.get(path) !== content)
    .map((file) => ({ kind: 'file.write', ...file }));
}

/**
 * A bench as the host is to know it when it has this volume, too: of the others, those that were there. What bench.toml
 * wants and init has yet to make has no sentinel, and a guard that asks for it keeps MariaDB down at the next boot. Pure.
 */
export function withVolume(config: BenchConfig, record: Recorded, wanted: WantedVolume): BenchConfig {
  const present = config.volumes.find(({ name }) => name === wanted.name);
  const all = present === undefined ? [...config.volumes, wanted] : config.volumes;
  return {
    ...config,
    volumes: all.flatMap((each) => {
      if (each.name === wanted.name) return [{ ...each, ...wanted }];
      return isRecorded(record, each) ? [each] : [];
    }),
  };
}

/** The same when it has this one no more. Pure. */
export function withoutVolume(config: BenchConfig, record: Recorded, name: string): BenchConfig {
  return {
    ...config,
    volumes: config.volumes.filter((each) => each.name !== name && isRecorded(record, each)),
  };
}

type Recorded = Pick<HostRecord, 'volumes'>;

function isRecorded(record: Recorded, { name }: WantedVolume): boolean {
  return record.volumes.some((each) => each.name === name);
}
