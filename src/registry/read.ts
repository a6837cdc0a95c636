import { importedPools, overlayDataset, volumeDataset } from '../bench/bench.js';
import { CommandError, CommandNotFoundError, type Runner } from '../host/exec.js';
import { zfsList } from '../zfs/zfs.js';
import { whoIsAtWork } from './at-work.js';
import { COLUMNS, CONTAINERS, parseRegistry, type Registry } from './list.js';
import { isUnfinishedVolume } from './unfinished.js';
import type { Volume } from './volume.js';

const NOTHING: Registry = { volumes: [], pools: [], places: new Map(), exports: [], kept: [] };

/** The argument list that the registry is read with: one process, however many pools and volumes there are. */
export function registryArgv(pools: readonly string[]): [string, ...string[]] {
  return listArgv(1, pools.flatMap(withPlaces));
}

/** What {@link readRegistryAround} reads: these datasets alone, and nothing below them. */
export function aroundArgv(pools: readonly string[], volume: string, bench: string): [string, ...string[]] {
  return listArgv(
    0,
    pools.flatMap((pool) => [
      ...withPlaces(pool),
      volumeDataset(pool, volume),
      overlayDataset(pool, bench, volume),
    ]),
  );
}

function withPlaces(pool: string): string[] {
  return [pool, ...CONTAINERS.map((place) => `${pool}/${place}`)];
}

function listArgv(depth: number, datasets: readonly string[]): [string, ...string[]] {
  const columns = COLUMNS.join(',');
  return [
    'zfs',
    'list',
    '-H',
    '-p',
    '-d',
    String(depth),
    '-t',
    'filesystem,volume',
    '-o',
    columns,
    ...datasets,
  ];
}

/**
 * Every volume of every imported pool, or of these. A pool that is suspended is passed over: it would be waited for
 * without end.
 */
export async function readRegistry(runner: Runner, wanted?: readonly string[]): Promise<Registry> {
  const pools = wanted ?? (await importedPools());
  return pools.length === 0 ? NOTHING : listed(runner, registryArgv(pools));
}

/**
 * As much of it as one attachment of a volume to a bench is decided on, whose cost does not grow with the number of
 * volumes: the volume by this name in every pool, the private copy that the bench has of it, and what holds all of them.
 * What is not there is not in it.
 */
export async function readRegistryAround(runner: Runner, volume: string, bench: string): Promise<Registry> {
  const pools = await importedPools();
  return pools.length === 0 ? NOTHING : listed(runner, aroundArgv(pools, volume, bench));
}

async function listed(runner: Runner, argv: [string, ...string[]]): Promise<Registry> {
  try {
    // 1 where something of that is not there; what is there is printed all the same.
    const result = await runner.run({ argv, okExitCodes: [0, 1] });
    const strange = result.stderr.split('\n').filter((line) => line !== '' && !MISSING.test(line));
    if (strange.length > 0) throw new CommandError(result, `failed with exit code ${result.exitCode}`);
    const registry = parseRegistry(result.stdout);
    for (const volume of registry.volumes) {
      if (volume.state !== 'half-made') continue;
      if (volume.madeBy === undefined) volume.wasNoted = await isUnfinishedVolume(volume.dataset);
      volume.atWork = await whoIsAtWork(volume.dataset);
    }
    for (const found of registry.exports) found.atWork = await whoIsAtWork(found.dataset);
    return registry;
  } catch (error) {
    if (error instanceof CommandNotFoundError) return NOTHING;
    throw error;
  }
}

/**
 * One volume alone, whose cost does not grow with the number of them; undefined where there is none by this name.
 * @param dataset `<pool>/_volumes/<name>`
 */
export async function readVolume(runner: Runner, dataset: string): Promise<Volume | undefined> {
  const found = await zfsList(
    runner,
    ['-t', 'filesystem,volume', '-o', COLUMNS.join(','), dataset],
    (stdout) => parseRegistry(stdout).volumes,
  );
  const [volume] = found;
  if (volume?.state === 'half-made') volume.atWork = await whoIsAtWork(volume.dataset);
  return volume;
}

const MISSING = /^cannot open '.*': (dataset does not exist|no such pool.*)$/;
