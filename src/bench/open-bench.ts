import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BenchConfig } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { benchesBelow, locateBench } from '../config/locate.js';
import { BenchError, type RefusedError, UsageError } from '../errors.js';
import { benchesRoot } from '../host/environment.js';
import { exists } from '../host/files.js';
import { withoutUnits } from './clone.js';
import { readCloneNote, unfinishedClone } from './clone-note.js';
import { configFromRecord, type HostRecord, readHostRecord } from './host-record.js';
import { journalPath } from './restore-journal.js';
import { poolSuspended, suspendedBench } from './suspended-pools.js';
import { readTakeUpNote, unfinishedTakeUp } from './take-up-note.js';

export interface OpenOptions {
  /** `-b NAME` */
  bench: string | undefined;
  /** Whether the only bench of the host may be meant where none is named; never for what destroys. */
  guess: boolean;
  /** Whether what is recorded of a bench is enough where its pool is suspended: it is then all that is looked at. */
  fromRecord?: boolean;
}

/**
 * Finds a bench and loads its configuration. With `-b` a bench whose bench.toml cannot be seen, because its volume
 * is not mounted, is known by what init recorded outside of the dataset.
 * @throws RefusedError `pool-suspended`, before anything in the pool is touched
 */
export async function openBench(options: OpenOptions): Promise<BenchConfig> {
  const suspended = await suspendedBench(options.bench);
  if (suspended !== undefined) {
    if (options.fromRecord === true) return configFromRecord(suspended);
    throw poolSuspended(suspended.pool.name, suspended.backing.path);
  }
  const root = benchesRoot();
  try {
    const location = await locateBench({
      ...(options.bench === undefined ? {} : { bench: options.bench }),
      cwd: process.cwd(),
      benchesRoot: root,
      guess: options.guess,
    });
    const restoring = await duringRestore(location.name);
    if (restoring !== undefined) return restoring;
    const config = await loadConfig(location.file);
    await requirePlace(config, join(root, config.name));
    return await ownUnits(config);
  } catch (error) {
    const record = await recordInstead(error, options.bench);
    if (record === undefined) throw (await cutOff(error, options.bench)) ?? error;
    return (await duringRestore(record.bench)) ?? configOf(record);
  }
}

/**
 * Whether an error of {@link openBench} says that there is no such bench yet, and nothing else: not that there are
 * several, nor that something cannot be looked at.
 */
export async function isNewBench(error: unknown): Promise<boolean> {
  if (!(error instanceof UsageError) || error.cause !== undefined) return false;
  if (error.code === 'bench-not-found') return true;
  return error.code === 'bench-required' && (await benchesBelow(benchesRoot())).length === 0;
}

/** Where a restore was cut off, the bench.toml that is seen may be that of the snapshot: what is recorded counts. */
async function duringRestore(name: string): Promise<BenchConfig | undefined> {
  if (!(await exists(journalPath(name)))) return undefined;
  const record = await readHostRecord(name);
  return record === undefined ? undefined : configFromRecord(record);
}

async function recordInstead(error: unknown, bench: string | undefined): Promise<HostRecord | undefined> {
  if (bench === undefined || !(error instanceof BenchError) || error.code !== 'bench-not-found')
    return undefined;
  return readHostRecord(bench);
}

/** Why there is no bench.toml by that name, where the reason is that the bench was cut off while it was made. */
async function cutOff(error: unknown, bench: string | undefined): Promise<RefusedError | undefined> {
  if (bench === undefined || !(error instanceof BenchError) || error.code !== 'bench-not-found')
    return undefined;
  const takeUp = await readTakeUpNote(bench);
  if (takeUp !== undefined) return unfinishedTakeUp(takeUp);
  const note = await readCloneNote(bench);
  return note === undefined ? undefined : unfinishedClone(note);
}

/** The bench.toml in the dataset where that is mounted and only the bind mount is missing, else the record itself. */
async function configOf(record: HostRecord): Promise<BenchConfig> {
  for (const directory of ['benches', '.bench-incoming-benches']) {
    const file = join(record.mountpoint, directory, 'bench.toml');
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return withoutUnits(await loadConfig(file), record.clone?.heldUnits ?? []);
  }
  return configFromRecord(record);
}

/** Of a clone without those that are its source's; no more is read where there is none at all. */
async function ownUnits(config: BenchConfig): Promise<BenchConfig> {
  if (config.maintenance.units.length === 0) return config;
  const record = await readHostRecord(config.name);
  return withoutUnits(config, record?.clone?.heldUnits ?? []);
}

/** A bench.toml anywhere else is a copy, such as the original that init moved aside: never act on its word. */
async function requirePlace(config: BenchConfig, expected: string): Promise<void> {
  const directory = await realpath(dirname(config.file));
  if (directory === (await realpath(expected).catch(() => expected))) return;
  throw new UsageError(
    'bench-elsewhere',
    `${config.file} names the bench '${config.name}', whose directory is ${expected}. Nothing was changed.`,
    { suggestions: [`cd ${expected}`, `Or name the bench: -b ${config.name}`] },
  );
}
