import { join } from 'node:path';
import {
  benchOfSentinel,
  type CloneNote,
  readCloneNote,
  readHostRecord,
  unfinishedClone,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { RefusedError } from '../errors.js';
import { contentOf } from '../host/directory-content.js';
import { benchesRoot } from '../host/environment.js';
import type { Runner } from '../host/exec.js';
import { readMounts, showsDataset } from '../host/mounts.js';
import { type Dataset, findDataset, poolOf } from '../zfs/zfs.js';
import type { CloneRequest } from './request.js';
import type { Source } from './source.js';

/** What there is of a clone already, where it was cut off or has not run what it has to. */
export interface Begun {
  /** What it began with; it is there until the clone is whole. */
  note: CloneNote | undefined;
  dataset: Dataset | undefined;
  /** By its own bench.toml; undefined as long as that is its source's, or is not mounted. */
  config: BenchConfig | undefined;
}

/**
 * A clone takes the place of nothing: neither of a bench, be it only recorded, nor of somebody's files.
 * @throws RefusedError `bench-exists`, `dataset-not-ours`, `clone-unfinished`
 */
export async function findBegun(request: CloneRequest, source: Source, runner: Runner): Promise<Begun> {
  const note = await readCloneNote(request.name);
  if (note !== undefined) refuseOther(request, note);
  const dataset = await findDataset(runner, `${poolOf(source.dataset)}/${request.name}`);
  if (dataset === undefined) {
    await refuseTaken(request.name);
    return { note, dataset, config: undefined };
  }
  const config = await ownConfig(request.name, dataset);
  if (note === undefined && !isLeftToDo(request.name, source, dataset, config))
    throw taken(request.name, dataset);
  return { note, dataset, config };
}

/** Another clone by this name was cut off: that one has to be finished first. */
function refuseOther({ source, tag }: CloneRequest, note: CloneNote): void {
  const isSame = source.kind === 'template' ? note.template === source.name : note.source === source.name;
  const isSameTag = tag === undefined || note.snapshot.endsWith(`@${tag}`);
  if (!isSame || !isSameTag) throw unfinishedClone(note);
}

async function refuseTaken(name: string): Promise<void> {
  const directory = join(benchesRoot(), name);
  if ((await readHostRecord(name)) !== undefined)
    throw benchExists(name, `There is a bench ${name} already.`);
  if ((await contentOf(directory)) === 'data') throw benchExists(name, `${directory} holds something.`);
}

export function benchExists(name: string, why: string): RefusedError {
  return new RefusedError('bench-exists', `${why} Nothing was changed.`, {
    suggestions: ['Give the clone another name.', 'bench list', `To take that one away: bench drop ${name}`],
  });
}

async function ownConfig(name: string, dataset: Dataset): Promise<BenchConfig | undefined> {
  const { mountpoint } = dataset;
  if (!showsDataset(await readMounts(), mountpoint, dataset.name, '/')) return undefined;
  if ((await benchOfSentinel(mountpoint)) !== name) return undefined;
  return loadConfig(join(mountpoint, 'benches', 'bench.toml'));
}

/** A clone of this source that is made, but has not come to run what `[clone]` of its bench.toml names. */
function isLeftToDo(
  name: string,
  source: Source,
  { bench, clone }: Dataset,
  config: BenchConfig | undefined,
): boolean {
  if (bench !== name || clone === undefined || config === undefined) return false;
  if (clone.source !== source.bench || clone.template !== source.template) return false;
  const hasScripts = config.clone.sql.length + config.clone.run.length > 0;
  return clone.state === 'held' ? hasScripts : clone.state !== 'ready';
}

function taken(name: string, dataset: Dataset): RefusedError {
  if (dataset.bench === name) return benchExists(name, `There is a bench ${name} already.`);
  return new RefusedError(
    'dataset-not-ours',
    `Dataset ${dataset.name} exists, and is not of a bench ${name}. Nothing was changed.`,
    { suggestions: ['Give the clone another name.', `Look at what is in it: zfs list -r ${dataset.name}`] },
  );
}
