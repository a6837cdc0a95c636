import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BenchError } from '../errors.js';
import { readFileCarefully } from '../host/atomic-file.js';
import { nameIn, openDirectory, temporariesOf, within } from '../host/open-directory.js';

const CONFIG = 'bench.toml';

/**
 * Whether a directory holds nothing but the bench.toml that `bench new` makes, and what a killed one may have left: no
 * original that is worth to be kept. What cannot be looked at is.
 */
export async function holdsOnlyConfig(directory: string): Promise<boolean> {
  try {
    const { others, hasConfig } = await look(directory);
    return hasConfig && others.length === 0 && (await lstat(join(directory, CONFIG))).isFile();
  } catch {
    return false;
  }
}

/**
 * Removes such a directory that was moved aside, once its bench.toml lies in `source` as well. May be repeated.
 * @returns false where it holds anything else by now, or another bench.toml: then it stays
 */
export async function dropOriginal(aside: string, source: string): Promise<boolean> {
  if ((await lstat(aside).catch(() => undefined)) === undefined) return true;
  const directory = await openDirectory(aside);
  try {
    const { others, hasConfig, leftovers } = await look(within(directory, '.'));
    if (others.length > 0) return false;
    if (hasConfig && !(await isTheSame(within(directory, CONFIG), join(source, CONFIG)))) return false;
    for (const name of [...leftovers, ...(hasConfig ? [CONFIG] : [])]) await unlink(within(directory, name));
  } finally {
    await directory.close();
  }
  const parent = await openDirectory(dirname(aside));
  try {
    await rmdir(nameIn(parent, aside, basename(aside)));
  } finally {
    await parent.close();
  }
  return true;
}

async function look(
  directory: string,
): Promise<{ others: string[]; hasConfig: boolean; leftovers: string[] }> {
  const names = await readdir(directory);
  const leftovers = await temporariesOf(directory, CONFIG);
  const others = names.filter((name) => name !== CONFIG && !leftovers.includes(name));
  return { others, hasConfig: names.includes(CONFIG), leftovers };
}

async function isTheSame(path: string, other: string): Promise<boolean> {
  if (!(await lstat(path)).isFile()) return false;
  try {
    const [one, two] = [await readFileCarefully(path), await readFileCarefully(other)];
    return one !== undefined && two !== undefined && one.equals(two);
  } catch (error) {
    if (error instanceof BenchError) return false;
    throw error;
  }
}
