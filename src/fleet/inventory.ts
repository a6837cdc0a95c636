import { hostname } from 'node:os';
import {
  hostBenches,
  importedPools,
  type ListedBench,
  listBenches,
  parseEpoch,
  readSuperseded,
  suspendedPools,
} from '../bench/bench.js';
import type { FleetConfig } from '../config/host-fleet.js';
import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { COPY_MARK } from '../replicate/replicate.js';
import { listVolumes, type PoolSum, type VolumeJson } from '../volumes/volumes.js';
import { bytes, MARK, optional, rows, zfsList } from '../zfs/zfs.js';

/** A bench in what a host tells of itself. */
export interface InventoryBench
  extends Pick<
    ListedBench,
    'name' | 'pool' | 'dataset' | 'usedBytes' | 'quotaBytes' | 'instance' | 'port' | 'state'
  > {
  /** How often the right to run it has gone from one host to another. */
  epoch: number;
  /** Which bench of that name it is; null for one that never had a copy. */
  lineage: string | null;
  /** The host that its copies go to. */
  replicateTo: string | null;
  /** The host that has taken it up. */
  supersededBy: string | null;
}

/** A copy of a bench of another host. */
export interface InventoryCopy {
  bench: string;
  dataset: string;
  lineage: string | null;
  /** Who sends it, as this host calls that one. */
  from: string | null;
  epoch: number;
  usedBytes: number;
}

/** Everything that a host tells of itself: what `bench inventory --json` prints. */
export interface Inventory {
  version: 1;
  /** What the fleet calls it, else its host name. */
  host: string;
  address: string;
  labels: Record<string, string>;
  /** Tells it from another host of the same name. */
  machine: string;
  /** The version of bench. */
  product: string;
  takenAt: string;
  pools: (PoolSum & { health: string })[];
  benches: InventoryBench[];
  volumes: VolumeJson[];
  copies: InventoryCopy[];
}

/** Looks at this host. Four processes, however many benches and volumes there are. */
export async function takeInventory(
  runner: Runner,
  fleet: FleetConfig | undefined,
  product: string,
): Promise<Inventory> {
  const pools = await importedPools();
  const [{ benches }, listed, marks, configs, suspended] = await Promise.all([
    listBenches(runner),
    listVolumes(runner, {}),
    readMarks(runner, pools),
    hostBenches(),
    suspendedPools(),
  ]);
  const name = fleet?.name ?? hostname();
  const byDataset = new Map(marks.map((each) => [each.dataset, each]));
  const targets = new Map(configs.map((config) => [config.name, config.replicate?.to ?? null]));
  return {
    version: 1,
    host: name,
    address: fleet?.address ?? name,
    labels: fleet?.labels ?? {},
    machine: (await readText('/etc/machine-id'))?.trim().slice(0, 32) ?? '',
    product,
    takenAt: new Date().toISOString(),
    pools: await Promise.all(
      [...listed.pools, ...suspended.map(suspendedPool)].map(async (pool) => ({
        ...pool,
        health: (await readText(`/proc/spl/kstat/zfs/${pool.name}/state`))?.trim() ?? 'UNKNOWN',
      })),
    ),
    benches: await Promise.all(
      benches.map((bench) =>
        inventoryBench(bench, byDataset.get(bench.dataset ?? ''), targets.get(bench.name) ?? null),
      ),
    ),
    volumes: listed.volumes,
    copies: marks.flatMap(copyOf),
  };
}

function suspendedPool(name: string): PoolSum {
  return { name, usedBytes: 0, availableBytes: 0, volumes: 0, provisionedBytes: 0 };
}

async function inventoryBench(
  bench: ListedBench,
  marks: Marks | undefined,
  replicateTo: string | null,
): Promise<InventoryBench> {
  const { name, pool, dataset, usedBytes, quotaBytes, instance, port, state } = bench;
  const superseded = await readSuperseded(name).catch((error) => {
    if (error instanceof BenchError) return { by: '?' };
    throw error;
  });
  return {
    ...{ name, pool, dataset, usedBytes, quotaBytes, instance, port, state },
    epoch: parseEpoch(marks?.epoch),
    lineage: marks?.lineage ?? null,
    replicateTo,
    supersededBy: superseded?.by ?? null,
  };
}

interface Marks {
  dataset: string;
  usedBytes: number;
  copyOf: string | undefined;
  copyFrom: string | undefined;
  epoch: string | undefined;
  lineage: string | undefined;
}

const COLUMNS = ['name', 'used', COPY_MARK.of, COPY_MARK.from, MARK.epoch, MARK.lineage] as const;

/** What stands on the datasets of benches and of copies. */
async function readMarks(runner: Runner, pools: readonly string[]): Promise<Marks[]> {
  if (pools.length === 0) return [];
  const args = ['-d', '2', '-t', 'filesystem', '-o', COLUMNS.join(','), ...pools];
  const found = await zfsList(runner, args, (stdout) => rows(stdout, COLUMNS, 'zfs list'));
  return found.map(([dataset, used, copyOf, copyFrom, epoch, lineage]) => ({
    dataset,
    usedBytes: bytes(used),
    copyOf: optional(copyOf),
    copyFrom: optional(copyFrom),
    epoch: optional(epoch),
    lineage: optional(lineage),
  }));
}

/** Of the copy of a root volume; those of volumes have a dot in their name, and go with it. */
function copyOf({ dataset, usedBytes, copyOf: bench, copyFrom, epoch, lineage }: Marks): InventoryCopy[] {
  const leaf = dataset.slice(dataset.lastIndexOf('/') + 1);
  if (bench === undefined || leaf !== bench) return [];
  return [
    {
      bench,
      dataset,
      usedBytes,
      lineage: lineage ?? null,
      from: copyFrom ?? null,
      epoch: epoch === undefined ? 0 : parseEpoch(epoch),
    },
  ];
}
