import { openBench, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import type { CloneMarks, Dataset } from '../zfs/zfs.js';

/** A bench that `bench clone` has made. */
export interface OwnClone {
  config: BenchConfig;
  dataset: Dataset;
  marks: CloneMarks;
}

/** @throws RefusedError `not-a-clone`, and what {@link requireOwnDataset} throws */
export async function openClone(name: string, runner: Runner): Promise<OwnClone> {
  const config = await openBench({ bench: name, guess: false });
  return { config, ...(await requireClone(config, runner)) };
}

/** The same again, under the lock of the bench. */
export async function requireClone(
  config: BenchConfig,
  runner: Runner,
): Promise<Pick<OwnClone, 'dataset' | 'marks'>> {
  const dataset = await requireOwnDataset(config, runner);
  if (dataset.clone !== undefined) return { dataset, marks: dataset.clone };
  throw new RefusedError(
    'not-a-clone',
    `${config.name} is a bench of its own: bench clone did not make it. Nothing was changed.`,
    { suggestions: ['bench list shows which benches are clones.'] },
  );
}
