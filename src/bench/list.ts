import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchConfig } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { benchesBelow } from '../config/locate.js';
import { BenchError } from '../errors.js';
import { benchesRoot } from '../host/environment.js';
import { CommandNotFoundError, type Runner } from '../host/exec.js';
import { type Mount, readMounts, showsDataset } from '../host/mounts.js';
import { STATE_DIR } from '../host/paths.js';
import { activeStates } from '../host/systemd.js';
import { type Dataset, listBenchDatasets } from '../zfs/zfs.js';
import { type CloneJson, cloneJson, clonesByOrigin } from './clone.js';
import { configFromRecord, type HostRecord, readHostRecord } from './host-record.js';
import { layoutOf } from './layout.js';
import { suspendedPools } from './suspended-pools.js';

/** In the order in which they are looked for: the first one that is not as it should be is the bench's state. */
export type BenchState =
  | 'unreadable'
  | 'not-set-up'
  | 'pool-suspended'
  | 'dataset-missing'
  | 'not-mounted'
  | 'running'
  | 'starting'
  | 'stopped'
  | 'failed';

/** One line of `bench list`; null is what cannot be known now. */
export interface ListedBench {
  name: string;
  directory: string;
  pool: string | null;
  dataset: string | null;
  usedBytes: number | null;
  /** 0 where there is none. */
  quotaBytes: number | null;
  instance: string | null;
  unit: string | null;
  port: number | null;
  /** Of a bench that `bench clone` has made. */
  clone: CloneJson | null;
  /** The benches that share blocks with its snapshots. */
  clones: string[];
  state: BenchState;
}

export interface BenchList {
  benches: ListedBench[];
}

/** What is known of a bench without asking ZFS or systemd. */
interface Known {
  name: string;
  /** Undefined where neither bench.toml nor the record can be read. */
  config: BenchConfig | undefined;
  isRecorded: boolean;
}

/**
 * All benches of the host: those below the benches root and those that are recorded. Two processes, however many. Of a
 * bench that is recorded its record is what is listed: what init has carried out. So it takes one file a bench, and none
 * that lies in a pool.
 */
export async function listBenches(runner: Runner): Promise<BenchList> {
  const [suspended, records] = await Promise.all([suspendedPools(), readRecords()]);
  const others = await benchesBelow(benchesRoot(), new Set(records.keys()));
  const known = [
    ...[...records].map(([name, record]) => ({ name, config: configFromRecord(record), isRecorded: true })),
    ...(await Promise.all(others.map(({ name }) => know(name, undefined, true)))),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const configs = known.flatMap(({ config }) => (config === undefined ? [] : [config]));
  const [datasets, states, mounts] = await Promise.all([
    datasetsOf(runner, configs),
    configs.length === 0 ? new Map<string, string>() : activeStates(runner, 'mariadb@*.service'),
    readMounts(),
  ]);
  const seen: Seen = {
    suspended,
    datasets: new Map(datasets.map((dataset) => [dataset.name, dataset])),
    clones: clonesByOrigin(datasets),
    states,
    mounts,
  };
  return { benches: known.map((bench) => listed(bench, seen)) };
}

/** The benches of the host, as far as they can be read. No process. */
export async function hostBenches(): Promise<BenchConfig[]> {
  const known = await knownBenches(await suspendedPools());
  return known.flatMap(({ config }) => (config === undefined ? [] : [config]));
}

/** The same but this one. */
export async function otherBenches(name: string): Promise<BenchConfig[]> {
  return (await hostBenches()).filter((other) => other.name !== name);
}

/** What init has recorded of the other benches: one that was only configured, or is forgotten, has none. No process. */
export async function otherRecords(name: string): Promise<HostRecord[]> {
  return [...(await readRecords()).values()].filter(({ bench }) => bench !== name);
}

/**
 * The units that others have for their own. A clone has those of its source in its bench.toml, and leaves them alone.
 * Where it is not known which these are, all of them count.
 */
export async function unitsOfOthers(name: string): Promise<Set<string>> {
  const records = await readRecords();
  const others = await otherBenches(name);
  return new Set(
    others.flatMap((other) => {
      const held = records.get(other.name)?.clone?.heldUnits ?? [];
      return other.maintenance.units.filter((unit) => !held.includes(unit));
    }),
  );
}

/** Of a bench in a suspended pool only its record is read: a file in that pool would be waited for without end. */
async function knownBenches(suspended: readonly string[]): Promise<Known[]> {
  const records = await readRecords();
  const outOfReach = new Set(
    [...records].filter(([, { pool }]) => suspended.includes(pool.name)).map(([name]) => name),
  );
  const below = (await benchesBelow(benchesRoot(), outOfReach)).map(({ name }) => name);
  const names = [...new Set([...below, ...records.keys()])].sort();
  return Promise.all(names.map((name) => know(name, records.get(name), !outOfReach.has(name))));
}

/** What is recorded of the benches of the host, by their names; one that cannot be read is passed over. No process. */
export async function readRecords(): Promise<Map<string, HostRecord>> {
  const entries = await readdir(STATE_DIR, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => [name, await recordOf(name)] as const),
  );
  return new Map(found.flatMap(([name, record]) => (record === undefined ? [] : [[name, record]])));
}

async function know(name: string, record: HostRecord | undefined, inReach: boolean): Promise<Known> {
  const file = join(benchesRoot(), name, 'bench.toml');
  const config = inReach ? await loadConfig(file).catch(ignoreFailure) : undefined;
  return {
    name,
    config: config ?? (record === undefined ? undefined : configFromRecord(record)),
    isRecorded: record !== undefined,
  };
}

/** One bench that is damaged must not hide the others. */
function recordOf(name: string): Promise<HostRecord | undefined> {
  return readHostRecord(name).catch(ignoreFailure);
}

function ignoreFailure(error: unknown): undefined {
  if (error instanceof BenchError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
  throw error;
}

async function datasetsOf(runner: Runner, configs: readonly BenchConfig[]): Promise<Dataset[]> {
  const pools = [...new Set(configs.map(({ volume }) => volume.pool))];
  try {
    return pools.length === 0 ? [] : await listBenchDatasets(runner, pools);
  } catch (error) {
    // No ZFS yet: nothing is set up.
    if (error instanceof CommandNotFoundError) return [];
    throw error;
  }
}

/** What ZFS, systemd and the kernel say of all benches. */
interface Seen {
  suspended: readonly string[];
  /** By name. */
  datasets: ReadonlyMap<string, Dataset>;
  /** By the name of the dataset that they are clones of. */
  clones: ReadonlyMap<string, string[]>;
  /** Unit → state. */
  states: ReadonlyMap<string, string>;
  mounts: readonly Mount[];
}

function listed(
  { name, config, isRecorded }: Known,
  { suspended, datasets, clones, states, mounts }: Seen,
): ListedBench {
  const common = { name, directory: join(benchesRoot(), name) };
  if (config === undefined) {
    const nothing = { pool: null, dataset: null, usedBytes: null, quotaBytes: null, clone: null, clones: [] };
    return { ...common, ...nothing, instance: null, unit: null, port: null, state: 'unreadable' };
  }
  const { pool, dataset } = config.volume;
  const found = datasets.get(dataset);
  const mine = found?.bench === name ? found : undefined;
  const layout = layoutOf(config);
  const isMounted = Object.values(layout.parts).every((part) =>
    showsDataset(mounts, part.target, layout.dataset, `/${part.name}`),
  );
  return {
    ...common,
    pool,
    dataset,
    usedBytes: mine?.usedBytes ?? null,
    quotaBytes: mine?.quotaBytes ?? null,
    instance: config.mariadb.instance,
    unit: layout.unit,
    port: config.mariadb.port,
    clone: cloneJson(mine),
    clones: mine === undefined ? [] : (clones.get(mine.name) ?? []),
    state: stateOf({
      isRecorded,
      isSuspended: suspended.includes(pool),
      hasDataset: mine !== undefined,
      isMounted,
      unit: states.get(layout.unit),
    }),
  };
}

/** Pure. */
export function stateOf(bench: {
  isRecorded: boolean;
  isSuspended: boolean;
  hasDataset: boolean;
  isMounted: boolean;
  /** Undefined where it has not been started since boot. */
  unit: string | undefined;
}): BenchState {
  if (bench.isSuspended) return 'pool-suspended';
  if (!bench.hasDataset) return bench.isRecorded ? 'dataset-missing' : 'not-set-up';
  if (!bench.isMounted) return 'not-mounted';
  switch (bench.unit) {
    case 'active':
    case 'reloading':
      return 'running';
    case 'activating':
      return 'starting';
    case 'failed':
      return 'failed';
    default:
      return 'stopped';
  }
}
