import {
  holdsOnlyConfig,
  readHostRecord,
  readTakeUpNote,
  type TakeUpNote,
  unfinishedTakeUp,
} from '../bench/bench.js';
import { escapeText } from '../config/findings.js';
import { RefusedError, UsageError } from '../errors.js';
import { contentOf } from '../host/directory-content.js';
import type { Runner } from '../host/exec.js';
import { mountAt, readMounts } from '../host/mounts.js';
import { keyNotLoadedHere } from '../keys/keys.js';
import { benchName, instanceName } from '../names.js';
import { type Registry, readRegistry, type Volume } from '../registry/registry.js';
import {
  type Facts,
  KEPT_KEY,
  lookAround,
  type PlanContext,
  planInit,
} from '../volume-manager/volume-manager.js';
import { type Dataset, findDataset, poolOf } from '../zfs/zfs.js';
import { isPristine, type Wanted, wantedBench } from './wanted.js';

export interface TakeUpRequest {
  /** The bench that takes it up. */
  name: string;
  /** The bench whose volume was kept, as `NAME` or `POOL/NAME`. */
  volume: string;
  operators: readonly string[];
}

/** Everything that is known before a kept volume is taken up. Reading it changes nothing. */
export interface Found {
  request: TakeUpRequest;
  note: TakeUpNote;
  wanted: Wanted;
  /** As it is kept; undefined where it was taken up already. */
  kept: Volume | undefined;
  /** In its new place; undefined while it is kept. */
  taken: Dataset | undefined;
  /** It still has the mark of a volume that is kept. */
  isMarked: boolean;
  /** What becomes of a bench.toml in the bench's directory, which is not mounted. */
  config: 'none' | 'removed' | 'aside';
  facts: Facts;
  context: PlanContext;
}

/** @throws UsageError, RefusedError: everything that speaks against it, before anything is changed */
export async function look(request: TakeUpRequest, runner: Runner): Promise<Found> {
  const { name, volume } = request;
  refuseName(name);
  const before = await readTakeUpNote(name);
  if (before !== undefined && ![before.volume, before.from].includes(volume)) throw unfinishedTakeUp(before);
  const registry = await readRegistry(runner);
  const kept = findKept(registry, before?.from ?? volume);
  if (kept === undefined && before === undefined) throw missing(registry, volume);
  // What it wants of a key stands in its bench.toml, which is in it.
  if (kept?.lockedBy !== undefined)
    throw keyNotLoadedHere(kept.name, { name: kept.dataset, lockedBy: kept.lockedBy });
  const pool = before === undefined ? (kept?.pool ?? '') : poolOf(before.from);
  const wanted = await wantedBench(name, pool, before);
  const note = before ?? {
    version: 1,
    bench: name,
    volume: kept?.name ?? volume,
    from: kept?.dataset ?? volume,
    to: wanted.config.volume.dataset,
    content: wanted.content,
  };
  const taken = await findDataset(runner, note.to);
  if (before === undefined) await refuseTaken(name, taken, wanted);
  const flags = { wipeDevice: undefined, operators: request.operators, key: KEPT_KEY };
  const { facts, context } = await lookAround(wanted.config, runner, flags);
  // What speaks against the bench speaks against it now: clashes with others, limits, the state of the pool.
  if (before === undefined) planInit(wanted.config, facts, context);
  return {
    request,
    note,
    wanted,
    kept,
    taken,
    isMarked: registry.volumes.some(
      ({ dataset, preservedAt }) => dataset === note.to && preservedAt !== undefined,
    ),
    config: await fateOfConfig(wanted, facts),
    facts,
    context,
  };
}

function refuseName(name: string): void {
  const wrong = benchName(name) ?? instanceName(name);
  if (wrong === undefined) return;
  throw new UsageError(
    'bench-name-invalid',
    `${escapeText(name)} cannot be the name of a bench and its MariaDB instance: it ${wrong}. Nothing was changed.`,
  );
}

/** @throws UsageError `kept-volume-ambiguous` */
function findKept({ volumes }: Registry, wanted: string): Volume | undefined {
  const found = volumes.filter(
    ({ role, name, pool, dataset }) =>
      role === 'preserved' && [name, `${pool}/${name}`, dataset].includes(wanted),
  );
  const [only, second] = found;
  if (second === undefined) return only;
  throw new UsageError(
    'kept-volume-ambiguous',
    `Several pools have a kept volume ${wanted}. Nothing was changed.`,
    { suggestions: [`Name one in full: ${found.map(({ pool, name }) => `${pool}/${name}`).join(' or ')}`] },
  );
}

function missing({ volumes }: Registry, wanted: string): UsageError {
  const kept = volumes.filter(({ role }) => role === 'preserved').map(({ name }) => name);
  return new UsageError(
    'kept-volume-missing',
    `No volume of a dropped bench ${escapeText(wanted)} is kept. Nothing was changed.`,
    {
      suggestions: [
        kept.length === 0
          ? 'None is kept at all: bench drop --preserve-storage keeps one.'
          : `Kept: ${kept.join(', ')}`,
        'bench volume list',
      ],
    },
  );
}

/** It takes the place of nothing. */
async function refuseTaken(name: string, taken: Dataset | undefined, { config }: Wanted): Promise<void> {
  const { dataset } = config.volume;
  if (taken !== undefined && taken.bench !== name) {
    throw new RefusedError('dataset-not-ours', `Dataset ${dataset} is there already. Nothing was changed.`, {
      suggestions: ['Give the bench another name.', `Look at what is in it: zfs list -r ${dataset}`],
    });
  }
  if (taken !== undefined || (await readHostRecord(name)) !== undefined)
    throw benchExists(name, `There is a bench ${name} already.`);
  const directory = config.file.slice(0, -'/bench.toml'.length);
  const isFree = (await contentOf(directory)) !== 'data' || (await holdsOnlyConfig(directory));
  if (!isFree) throw benchExists(name, `${directory} holds more than a bench.toml.`);
  if ((await contentOf(config.mariadb.dataDir)) === 'data')
    throw benchExists(name, `${config.mariadb.dataDir} holds something.`);
}

function benchExists(name: string, why: string): RefusedError {
  return new RefusedError('bench-exists', `${why} Nothing was changed.`, {
    suggestions: ['Give the bench another name.', 'bench list', `To take that one away: bench drop ${name}`],
  });
}

async function fateOfConfig({ config, present }: Wanted, { layout }: Facts): Promise<Found['config']> {
  const { target } = layout.parts.benches;
  if (present === undefined || mountAt(await readMounts(), target) !== undefined) return 'none';
  return isPristine(present, config) ? 'removed' : 'aside';
}
