import { join } from 'node:path';
import {
  type CloneNote,
  configFromRecord,
  type DropNote,
  type HostRecord,
  layoutOf,
  openBench,
  poolSuspended,
  readCloneNote,
  readDropNote,
  readHostRecord,
  readTakeUpNote,
  recordFor,
  suspendedPools,
  type TakeUpNote,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { escapeText } from '../config/findings.js';
import { checkConfig } from '../config/load.js';
import { newConfigText } from '../config/template.js';
import { BenchError, RefusedError, UsageError } from '../errors.js';
import { benchesRoot } from '../host/environment.js';
import { exists } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { benchName } from '../names.js';
import { poolOf } from '../zfs/zfs.js';

/** The bench that is to be dropped, as far as it can be known: of some there is no more than a beginning. */
export interface Subject {
  name: string;
  /** As init has recorded it, or would have. */
  record: HostRecord;
  /** Whether init has come to record it. */
  isRecorded: boolean;
  config: BenchConfig;
  /** Of a drop that was cut off. */
  note: DropNote | undefined;
  /** Of a clone that was cut off. */
  cloneNote: CloneNote | undefined;
  /** Of the taking up of a kept volume that was cut off. */
  takeUpNote: TakeUpNote | undefined;
}

/**
 * What is known of a bench by this name.
 * @throws UsageError `bench-name-invalid`, `bench-not-found`, `config-invalid`; RefusedError `pool-suspended`,
 *   `drop-note-invalid`; BenchError `host-record-invalid`
 */
export async function findSubject(name: string): Promise<Subject> {
  refuseName(name);
  const note = await readDropNote(name);
  const record = note?.record ?? (await readHostRecord(name));
  if (record !== undefined) await refuseSuspended(record);
  const cloneNote = await readCloneNote(name).catch(ignoreInvalid);
  const takeUpNote = await readTakeUpNote(name);
  const isRecorded = (await readHostRecord(name)) !== undefined;
  const found = { name, note, cloneNote, takeUpNote, isRecorded };
  if (record !== undefined) {
    const units = note === undefined ? await unitsBesides(name) : [];
    const whole = { ...record, units: [...new Set([...record.units, ...units])] };
    return { ...found, record: whole, config: configFromRecord(whole) };
  }
  const isBegun = await exists(stateDir(name));
  const config = await configOf(found, isBegun);
  return { ...found, record: unrecorded(config), config };
}

function refuseName(name: string): void {
  const wrong = benchName(name);
  if (wrong === undefined) return;
  throw new UsageError(
    'bench-name-invalid',
    `${escapeText(name)} is no bench: its name ${wrong}. Nothing was changed.`,
    { suggestions: ['bench list'] },
  );
}

async function refuseSuspended({ pool, backing }: HostRecord): Promise<void> {
  if ((await suspendedPools()).includes(pool.name)) throw poolSuspended(pool.name, backing.path);
}

/** One that cannot be read says nothing; what is there of the clone is known by its marks. */
function ignoreInvalid(error: unknown): undefined {
  if (error instanceof RefusedError && error.code === 'clone-note-invalid') return undefined;
  throw error;
}

/** Those that came into bench.toml since the last init. One that cannot be read says nothing. */
async function unitsBesides(name: string): Promise<string[]> {
  try {
    return (await openBench({ bench: name, guess: false })).maintenance.units;
  } catch (error) {
    if (error instanceof BenchError) return [];
    throw error;
  }
}

async function configOf(
  { name, cloneNote, takeUpNote }: Pick<Subject, 'name' | 'cloneNote' | 'takeUpNote'>,
  isBegun: boolean,
): Promise<BenchConfig> {
  // Until it is whole, the bench.toml that is seen may be that of another bench.
  if (takeUpNote !== undefined) return requireConfig(name, takeUpNote.content);
  if (cloneNote !== undefined)
    return configNamed(name, { pool: poolOf(cloneNote.dataset), port: cloneNote.port });
  try {
    return await openBench({ bench: name, guess: false });
  } catch (error) {
    if (!(error instanceof BenchError) || error.code !== 'bench-not-found') throw error;
    // Cut off at the very end, a drop leaves no more than the directory of its notes.
    if (isBegun) return configNamed(name, {});
    throw new UsageError('bench-not-found', `There is no bench ${name}. Nothing was changed.`, {
      suggestions: [...error.suggestions.filter((each) => !each.includes('bench new')), 'bench list'],
    });
  }
}

/** What a bench of this name has where bench.toml says nothing else. */
async function configNamed(
  name: string,
  { pool, port }: { pool?: string; port?: number },
): Promise<BenchConfig> {
  const text = newConfigText({ name, ...(port === undefined ? {} : { port }) });
  return requireConfig(
    name,
    pool === undefined ? text : text.replace('pool = "bench-pool"', `pool = "${pool}"`),
  );
}

async function requireConfig(name: string, text: string): Promise<BenchConfig> {
  const { config } = await checkConfig(text, join(benchesRoot(), name, 'bench.toml'));
  if (config === undefined) throw new Error(`what is noted of ${name} is no valid bench.toml`);
  return config;
}

function unrecorded(config: BenchConfig): HostRecord {
  const record = recordFor(config, layoutOf(config), { kind: 'device', path: '' }, []);
  return { ...record, pool: { ...record.pool, guid: '' } };
}
