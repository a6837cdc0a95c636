import { join } from 'node:path';
import { openBench, refuseUnfinishedRestore, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { checkConfig, invalidConfig } from '../config/load.js';
import { RefusedError, UsageError } from '../errors.js';
import { readFileCarefully } from '../host/atomic-file.js';
import type { Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { listSnapshots, type Snapshot } from '../zfs/zfs.js';
import type { CloneRequest } from './request.js';
import { requireTemplate, TEMPLATE_TAG } from './template.js';

/** What is cloned. */
export interface Source {
  /** The bench that is in it. */
  bench: string;
  /** Undefined where it is the bench itself. */
  template: string | undefined;
  dataset: string;
  /** Its bench.toml as it is now, and what it says. */
  text: string;
  config: BenchConfig;
}

/**
 * The bench or template that is to be cloned, as far as it can be read.
 * @throws UsageError `bench-not-found`, `config-invalid`, `template-missing`; RefusedError `restore-unfinished`,
 *   `dataset-not-ours`, `source-not-mounted`; VolumeError `dataset-missing`
 */
export async function findSource({ kind, name }: CloneRequest['source'], runner: Runner): Promise<Source> {
  if (kind === 'template') {
    const { dataset, mountpoint, source } = await requireTemplate(runner, name);
    const read = await readBenchToml(join(mountpoint, 'benches', 'bench.toml'), name);
    return { bench: source, template: name, dataset, ...read };
  }
  const config = await openBench({ bench: name, guess: false });
  await refuseUnfinishedRestore(name);
  await requireOwnDataset(config, runner);
  // Once more and by its text: units that the source itself leaves out are in it.
  const read = await readBenchToml(config.file, name);
  return { bench: name, template: undefined, dataset: config.volume.dataset, ...read };
}

async function readBenchToml(file: string, name: string): Promise<Pick<Source, 'text' | 'config'>> {
  const content = await readFileCarefully(file);
  if (content === undefined) {
    throw new RefusedError(
      'source-not-mounted',
      `${file} cannot be seen: ${name} is not mounted. Nothing was changed.`,
      {
        suggestions: [`bench volume status -b ${name}`, 'zfs mount -a'],
      },
    );
  }
  const { config, findings } = await checkConfig(content, file);
  if (config === undefined) throw invalidConfig(file, findings);
  return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(content), config };
}

/**
 * The snapshot that is to be cloned; undefined where a fresh one is to be taken.
 * @throws UsageError `snapshot-missing`
 */
export async function findSnapshotOf(
  { dataset, template, bench }: Source,
  tag: string | undefined,
  runner: Runner,
): Promise<Snapshot | undefined> {
  const wanted = tag ?? (template === undefined ? undefined : TEMPLATE_TAG);
  if (wanted === undefined) return undefined;
  const found = (await listSnapshots(runner, dataset)).find((snapshot) => snapshot.tag === wanted);
  // A template that lost its own to a clone, and was cut off before it got it again.
  if (found !== undefined || tag === undefined) return found;
  throw new UsageError(
    'snapshot-missing',
    `${dataset} has no snapshot ${onOneLine(wanted)}. Nothing was changed.`,
    {
      suggestions: [
        template === undefined ? `bench volume list-snapshots -b ${bench}` : 'bench template list',
      ],
    },
  );
}

/** @param snapshot its full name, `<dataset>@<tag>` */
export function tagOf(snapshot: string): string {
  return snapshot.slice(snapshot.indexOf('@') + 1);
}
