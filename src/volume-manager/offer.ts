import { dirname } from 'node:path';
import { otherBenches, otherRecords, refuseHeldByAnother } from '../bench/bench.js';
import { type BenchConfig, DEFAULTS, defaultImagePath } from '../config/config.js';
import type { ConfigChange } from '../config/edit.js';
import { checkConfig } from '../config/load.js';
import { freePort } from '../config/new-bench.js';
import { newConfigText } from '../config/template.js';
import { chooseDisk, type Disk, discoverDisks } from '../disks/disks.js';
import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { freeBytes, sizeOf } from '../host/files.js';
import { listeningPorts } from '../host/ports.js';
import { importablePoolsNamed } from '../zfs/zfs.js';
import { type Backing, resolveBacking } from './backing.js';
import { type DesiredSizes, resolveSizes } from './desired-sizes.js';
import type { BackingFacts } from './facts.js';
import { importDirs, inspectPool } from './inspect.js';
import { configChanges } from './plan.js';
import { refuseSecondPool, refuseUnhealthyPool } from './refusals.js';

/** What a host has for a new bench. */
export interface Offer {
  /** A bench.toml with nothing but defaults. */
  defaults: BenchConfig;
  facts: BackingFacts;
  /** There is a pool of the default name that init will import; what it holds can only be seen then. */
  isImportable: boolean;
  others: readonly BenchConfig[];
  listening: ReadonlySet<number>;
  freePort: number;
}

/** Looks at the host, as `bench init` will do. Changes nothing; without root it sees less, and offers less. */
export async function readOffer(runner: Runner): Promise<Offer> {
  const { config: defaults } = await checkConfig(newConfigText({ name: 'bench' }), '/bench.toml');
  if (defaults === undefined) throw new Error('the defaults are no valid bench.toml');
  const imagePath = defaultImagePath(DEFAULTS.pool);
  const pool = await unlessItFails(inspectPool(runner, defaults, undefined));
  refuseUnhealthyPool({ pool });
  const importable = pool === undefined ? await importableOnes(runner, defaults) : [];
  refuseSecondPool(defaults, { pool, importable, otherRecords: await otherRecords('') });
  for (const held of importable) refuseHeldByAnother(held, 'NAME');
  const others = await otherBenches('');
  return {
    defaults,
    facts: {
      pool,
      disks: pool === undefined && importable.length === 0 ? await discoverDisks(runner) : [],
      wipe: undefined,
      devicePath: undefined,
      rootFreeBytes: await freeBytes('/'),
      imageFreeBytes: await freeBytes(dirname(imagePath)),
      // The directory is root's own.
      imageBytes: await sizeOf(imagePath).catch(() => undefined),
      record: undefined,
    },
    isImportable: importable.length > 0,
    others,
    listening: await listeningPorts(),
    freePort: await freePort(others.map(({ mariadb }) => mariadb.port)),
  };
}

async function importableOnes(runner: Runner, config: BenchConfig) {
  const named = importablePoolsNamed(runner, config.volume.pool, importDirs(config));
  return (await unlessItFails(named)) ?? [];
}

/** Without ZFS, its module or root there is no answer: bench init sees to those first. */
function unlessItFails<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof BenchError && error.code.startsWith('command-')) return undefined;
    throw error;
  });
}

/** One answer to the question what the pool is to lie on. */
export type Place =
  | { kind: 'pool'; path: string }
  | { kind: 'import' }
  | { kind: 'device'; disk: Disk }
  | { kind: 'image'; path: string; freeBytes: number };

/** What can be chosen, the one that `backing = "auto"` would take first. Pure. */
export function placesOf({ defaults, facts, isImportable }: Offer): Place[] {
  if (facts.pool !== undefined) return [{ kind: 'pool', path: resolveBacking(defaults, facts).path }];
  if (isImportable) return [{ kind: 'import' }];
  const chosen = chooseDisk(facts.disks);
  const disks = facts.disks
    .filter((disk) => disk.qualifies)
    .sort((a, b) => Number(b === chosen) - Number(a === chosen));
  const image: Place = {
    kind: 'image',
    path: defaults.volume.image.path,
    freeBytes: facts.imageFreeBytes,
  };
  return [...disks.map((disk): Place => ({ kind: 'device', disk })), image];
}

/** What was chosen so far; sizes in bytes, and computed where there are none. */
export interface Wish {
  place: Place;
  imageBytes?: number | undefined;
  quotaBytes?: number | undefined;
  reservationBytes?: number | undefined;
}

export interface Settled {
  backing: Backing;
  sizes: DesiredSizes;
  /** What bench.toml has to say for it to be so. */
  changes: ConfigChange[];
}

/**
 * What a wish comes to, by the rules of `bench init`. Pure.
 * @returns undefined where only init can tell, because the pool is not imported
 * @throws BenchError where init would refuse it
 */
export function settle({ defaults, facts }: Offer, wish: Wish): Settled | undefined {
  const { place, quotaBytes, reservationBytes } = wish;
  if (place.kind === 'import') return undefined;
  const config = withPlace(defaults, wish);
  const seen =
    place.kind === 'device' ? { ...facts, devicePath: place.disk.path } : { ...facts, devicePath: undefined };
  const backing = resolveBacking(config, seen);
  const decided: BenchConfig = {
    ...config,
    volume: {
      ...config.volume,
      backing: backing.kind,
      ...(quotaBytes === undefined ? {} : { quotaBytes }),
      ...(reservationBytes === undefined ? {} : { reservationBytes }),
    },
  };
  const sizes = resolveSizes(decided, seen, backing);
  return { backing, sizes, changes: configChanges(defaults, backing, sizes) };
}

function withPlace(defaults: BenchConfig, { place, imageBytes }: Wish): BenchConfig {
  const { volume } = defaults;
  if (place.kind === 'device') {
    const device = place.disk.stablePath ?? place.disk.path;
    return { ...defaults, volume: { ...volume, backing: 'device', device } };
  }
  if (place.kind === 'image') {
    const image = { ...volume.image, ...(imageBytes === undefined ? {} : { sizeBytes: imageBytes }) };
    return { ...defaults, volume: { ...volume, backing: 'image', image } };
  }
  return defaults;
}
