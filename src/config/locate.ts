import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../errors.js';
import { benchName } from '../names.js';
import { escapeText } from './findings.js';

export interface BenchLocation {
  /** The name given with `-b`, or that of the directory; `bench.name` in the file is the truth. */
  name: string;
  directory: string;
  /** Absolute path of its bench.toml. */
  file: string;
}

const FILE = 'bench.toml';

/**
 * Finds the bench a command works on: `-b NAME`, else the nearest bench.toml upwards from `cwd`, else (with `guess`)
 * the only bench below `benchesRoot`. Throws {@link UsageError}: `bench-not-found`, `bench-ambiguous` where there are
 * several, `bench-required` where the command may not guess, `bench-name-invalid`.
 */
export async function locateBench(options: {
  bench?: string;
  cwd: string;
  benchesRoot: string;
  guess: boolean;
}): Promise<BenchLocation> {
  const root = resolve(options.benchesRoot);
  if (options.bench !== undefined) return byName(options.bench, root);
  const upwards = await nearestUpwards(resolve(options.cwd));
  if (upwards !== undefined) return upwards;
  const candidates = await benchesBelow(root);
  if (!options.guess) throw required(candidates, root);
  return onlyOne(candidates, root);
}

async function byName(name: string, root: string): Promise<BenchLocation> {
  const wrong = benchName(name);
  if (wrong !== undefined) {
    throw new UsageError(
      'bench-name-invalid',
      `${escapeText(name)} is not the name of a bench: it ${wrong}.`,
    );
  }
  const location = locationOf(join(root, name), name);
  if (await isFile(location.file)) return location;
  const others = (await benchesBelow(root)).map((candidate) => candidate.name);
  throw new UsageError('bench-not-found', `There is no ${location.file}.`, {
    suggestions: [
      ...(others.length > 0 ? [`Benches below ${root}: ${others.join(', ')}`] : []),
      `Make it with: bench new ${name}`,
    ],
  });
}

async function nearestUpwards(cwd: string): Promise<BenchLocation | undefined> {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const location = locationOf(directory);
    if (await isFile(location.file)) return location;
    if (directory === dirname(directory)) return undefined;
  }
}

interface Candidate extends BenchLocation {
  /** False for an empty directory: most likely a bench whose volume is not mounted. */
  hasFile: boolean;
}

/**
 * Directories below the root that are a bench or may be one; not `shop.before-zfs-…`, which is no bench's name.
 * @param except names of which nothing may be looked at
 */
export async function benchesBelow(
  root: string,
  except: ReadonlySet<string> = new Set(),
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const name of (await entriesOf(root)).sort()) {
    if (benchName(name) !== undefined || except.has(name)) continue;
    const location = locationOf(join(root, name), name);
    const hasFile = await isFile(location.file);
    if (hasFile || (await isEmptyDirectory(location.directory))) candidates.push({ ...location, hasFile });
  }
  return candidates;
}

function onlyOne(candidates: Candidate[], root: string): BenchLocation {
  const [first, ...more] = candidates;
  if (first === undefined) {
    throw new UsageError('bench-not-found', `There is no bench here, and none below ${root}.`, {
      suggestions: ['Make one with: bench new NAME', 'BENCHES_ROOT names another directory of benches.'],
    });
  }
  if (more.length > 0) {
    throw new UsageError('bench-ambiguous', `Which bench? Below ${root} are ${names(candidates)}.`, {
      suggestions: ['Name it with -b, or go into its directory.'],
    });
  }
  if (!first.hasFile) {
    throw new UsageError('bench-not-found', `${first.directory} is empty: its volume may not be mounted.`, {
      suggestions: [`See what is wrong with: bench volume status -b ${first.name}`],
    });
  }
  return locationOf(first.directory, first.name);
}

function required(candidates: Candidate[], root: string): UsageError {
  const there = candidates.length === 0 ? `none below ${root}` : `below ${root}: ${names(candidates)}`;
  return new UsageError('bench-required', `This command never guesses which bench is meant (${there}).`, {
    suggestions: ['Name it with -b, or go into its directory.'],
  });
}

function names(candidates: Candidate[]): string {
  const shown = candidates.slice(0, 20).map(({ name, hasFile }) => (hasFile ? name : `${name} (empty)`));
  return [...shown, ...(candidates.length > 20 ? [`${candidates.length - 20} more`] : [])].join(', ');
}

function locationOf(directory: string, name = directory.split('/').at(-1) ?? ''): BenchLocation {
  return { name, directory, file: join(directory, FILE) };
}

/** Anything but "it is not there" is reported: a file that may not be looked at must not be passed over. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    return missing(error, path, false);
  }
}

async function entriesOf(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    return missing(error, directory, []);
  }
}

async function isEmptyDirectory(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0;
  } catch {
    return false;
  }
}

function missing<T>(error: unknown, path: string, answer: T): T {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return answer;
  throw new UsageError('bench-not-found', `${path} cannot be looked at (${code ?? String(error)}).`, {
    suggestions: [`Look at its permissions: ls -ld ${dirname(path)}`],
    cause: error,
  });
}
