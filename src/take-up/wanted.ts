import { join } from 'node:path';
import { otherBenches, type TakeUpNote } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { checkConfig, invalidConfig } from '../config/load.js';
import { freePort } from '../config/new-bench.js';
import { newConfigText } from '../config/template.js';
import { readFileCarefully } from '../host/atomic-file.js';
import { benchesRoot } from '../host/environment.js';

/** What the bench is to be like that takes up a volume. */
export interface Wanted {
  /** Its bench.toml, with the pool of the volume. */
  content: string;
  config: BenchConfig;
  /** The bench.toml in its directory; undefined where there is none. */
  present: string | undefined;
}

/**
 * By the bench.toml that stands in its directory, by what it began with, or else by the defaults on the first free port.
 * @throws UsageError `config-invalid`
 */
export async function wantedBench(name: string, pool: string, note: TakeUpNote | undefined): Promise<Wanted> {
  const file = join(benchesRoot(), name, 'bench.toml');
  const bytes = await readFileCarefully(file);
  const present =
    bytes === undefined ? undefined : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const content = note?.content ?? (await inPool(present ?? (await defaults(name)), file, pool));
  const { config, findings } = await checkConfig(content, file);
  if (config === undefined) throw invalidConfig(file, findings);
  return { content, config, present };
}

async function defaults(name: string): Promise<string> {
  const claimed = (await otherBenches(name)).map(({ mariadb }) => mariadb.port);
  return newConfigText({ name, port: await freePort(claimed) });
}

/** The volume lies where it lies. */
async function inPool(text: string, file: string, pool: string): Promise<string> {
  const { config, findings } = await checkConfig(text, file);
  if (config === undefined) throw invalidConfig(file, findings);
  if (config.volume.pool === pool) return text;
  const { editText } = await import('../config/edit.js');
  return editText(text, [{ key: 'volume.pool', value: pool }]);
}

/** Whether it is what `bench new` writes, to the byte: then there is nothing in it that is worth to be kept. Pure. */
export function isPristine(text: string, { name, mariadb }: BenchConfig): boolean {
  return text === newConfigText({ name, port: mariadb.port });
}
