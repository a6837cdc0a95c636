import { aloneOn, refuseUnfinishedRestore } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { lazyConnect, type Session } from '../mariadb/mariadb.js';
import { onOneLine } from '../printable.js';
import { type Scratch, withScratch } from '../scratch/scratch.js';
import { type OnStep, perform } from '../steps/steps.js';
import { findDataset, type Snapshot } from '../zfs/zfs.js';
import { writeDump } from './dump-file.js';
import { dumpCommand, loadCommand } from './programs.js';
import { disableEvents, findSource, freeViews, makeDefiners, orphansOf, type Source } from './source.js';
import { refuseNoSpace } from './space.js';
import {
  createTarget,
  dropEmptied,
  dropUnfinished,
  exchange,
  finishTarget,
  moveDefaults,
  nameBefore,
  planReplacement,
  refuseTaken,
} from './target.js';

export type Into = { kind: 'dump'; file: string } | { kind: 'as'; name: string } | { kind: 'replace' };

export interface DatabaseRequest {
  database: string;
  /** All where none are named. */
  tables: readonly string[];
  into: Into;
}

/** What came back of a database. */
export interface ExtractedDatabase {
  database: string;
  /** Tables and sequences. */
  tables: string[];
  /** The file of a dump. */
  file: string | null;
  /** The live database that holds it now. */
  into: string | null;
  /** What is kept of what was there, by the names that it goes on under. */
  kept: string[];
}

export interface Extraction {
  config: BenchConfig;
  runner: Runner;
  snapshot: Snapshot;
  /** One sentence each, for the operator. */
  notes: string[];
  /** What of a database is in its place by now, and stays there whatever fails later; for the operator. */
  inPlace: string[];
  onStep: OnStep;
}

/** For a statement that alters, milliseconds. */
const STATEMENT_MS = 10 * 60_000;

/**
 * Brings a database, or tables of it, out of a snapshot: through a server on a copy of it, and a dump, so that whatever a
 * server knows of a table comes along. The live database goes on working.
 * @throws UsageError `database-missing`, `table-missing`, `database-of-server`; RefusedError `database-exists`,
 *   `before-exists`, `table-bound`, `no-space`, `file-exists`; BusyError `lock-timeout`; those of `withScratch`
 */
export async function extractDatabase(
  extraction: Extraction,
  request: DatabaseRequest,
): Promise<ExtractedDatabase> {
  const { config, snapshot, runner, onStep } = extraction;
  const { into } = request;
  const options = { config, snapshot, purpose: 'bench volume extract', onStep };
  const live = into.kind === 'dump' ? undefined : await openLive(config);
  try {
    // Before a server is started for nothing.
    if (live !== undefined && into.kind === 'as') await refuseTaken(live, into.name);
    return await withScratch(options, runner, async (scratch) => {
      const copy = await scratch.connect('root', STATEMENT_MS);
      try {
        const source = await findSource(copy, request.database, request.tables);
        await makeDefiners(copy, source.database);
        if (into.kind === 'dump' || live === undefined)
          return await dumpInto(extraction, scratch, source, into.kind === 'dump' ? into.file : '');
        await refuseFull(extraction, source);
        const servers = { copy, live, scratch };
        return into.kind === 'as'
          ? await loadAs(extraction, servers, source, into.name)
          : await replaceTables(extraction, servers, source);
      } finally {
        await copy.close();
      }
    });
  } finally {
    await live?.close();
  }
}

/** The live server, for as long as a load may take: what is idle meanwhile must not be cut. */
async function openLive({ mariadb: { socketPath } }: BenchConfig): Promise<Session> {
  const live = await lazyConnect({ socketPath, timeoutMs: STATEMENT_MS });
  await live.query('SET SESSION wait_timeout = 604800, max_statement_time = 0');
  return live;
}

interface Servers {
  copy: Session;
  live: Session;
  scratch: Scratch;
}

async function dumpInto(
  extraction: Extraction,
  scratch: Scratch,
  source: Source,
  file: string,
): Promise<ExtractedDatabase> {
  const { database, tables, isWhole } = source;
  const dump = dumpCommand({ socketPath: scratch.socketPath, database, ...(isWhole ? {} : { tables }) });
  const write = (outputFd: number) => extraction.runner.run({ ...dump, outputFd });
  await perform(`Dump ${database}`, () => writeDump(file, source.sizeBytes, write), extraction.onStep);
  extraction.inPlace.push(`${onOneLine(database)} in the file ${onOneLine(file)}`);
  return { database, tables, file, into: null, kept: [] };
}

async function loadAs(
  extraction: Extraction,
  { copy, live, scratch }: Servers,
  source: Source,
  name: string,
): Promise<ExtractedDatabase> {
  const { config, runner, snapshot, notes, inPlace } = extraction;
  const { database, tables, isWhole } = source;
  const orphans = await orphansOf(copy, database, live);
  const views = orphans.filter(({ kind }) => kind === 'view').map((each) => each.name);
  await freeViews(copy, database, views);
  const events = isWhole ? await disableEvents(copy, database) : [];
  await createTarget(live, name, source);
  try {
    const dump = dumpCommand({ socketPath: scratch.socketPath, database, ...(isWhole ? {} : { tables }) });
    await perform(
      `Load ${database} as ${name}`,
      () => runner.run(loadCommand(config.mariadb.socketPath, name, dump)),
      extraction.onStep,
    );
    await moveDefaults(live, database, name);
    await requireAll(live, name, source);
    await finishTarget(live, name, `${database} out of ${snapshot.name}`);
    inPlace.push(`${onOneLine(database)} as the database ${onOneLine(name)}`);
  } catch (error) {
    await dropUnfinished(live, name).catch(() => undefined);
    throw error;
  }
  if (events.length > 0) notes.push(`Events are there, and disabled: ${list(events)}.`);
  if (views.length > 0)
    notes.push(
      `These views were made by accounts that are gone, and are asked with the rights of whoever asks: ${list(views)}.`,
    );
  const rest = orphans.filter(({ kind }) => kind !== 'view').map(({ kind, name: what }) => `${kind} ${what}`);
  if (rest.length > 0)
    notes.push(`These were made by accounts that are gone, and fail until these are there: ${list(rest)}.`);
  notes.push(`No account has been given any right on ${onOneLine(name)}.`);
  return { database, tables, file: null, into: name, kept: [] };
}

/** Where tables are loaded before they take the place of the live ones. */
function stagingName(database: string): string {
  return `${database}__restored`;
}

async function replaceTables(
  extraction: Extraction,
  { copy, live, scratch }: Servers,
  source: Source,
): Promise<ExtractedDatabase> {
  const { config, runner, notes, inPlace } = extraction;
  const { database, tables, isWhole } = source;
  const plan = await planReplacement(live, copy, source);
  const kept = plan.kept.map(nameBefore);
  const staging = stagingName(database);
  await createTarget(live, staging, source);
  try {
    const dump = dumpCommand({ socketPath: scratch.socketPath, database, tables, isBare: true });
    await perform(
      `Load ${tables.length} tables beside ${database}`,
      () => runner.run(loadCommand(config.mariadb.socketPath, staging, dump)),
      extraction.onStep,
    );
    await requireAll(live, staging, source);
    const { lockTimeoutMs: timeoutMs } = config.snapshot;
    await perform(
      `Exchange the tables of ${database}`,
      () =>
        aloneOn(config, runner, 'bench volume extract --replace', async () => {
          await refuseUnfinishedRestore(config.name);
          await exchange(live, staging, plan, timeoutMs);
          inPlace.push(
            `${list(tables)} of ${onOneLine(database)}${kept.length === 0 ? '' : ` (what was there: ${list(kept)})`}`,
          );
        }),
      extraction.onStep,
    );
    await dropEmptied(live, staging);
  } catch (error) {
    await dropUnfinished(live, staging).catch(() => undefined);
    throw error;
  }
  if (isWhole)
    notes.push(
      'Views, routines and events were left as they are; tables that are newer than the snapshot, too.',
    );
  if (kept.length > 0) notes.push('What was there is kept as T__before, until you drop it.');
  return { database, tables, file: null, into: database, kept };
}

/** What was loaded is all that was asked for. */
async function requireAll(live: Session, name: string, { tables }: Source): Promise<void> {
  const rows = await live.query<{ name: string }>(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'VIEW'",
    [name],
  );
  const missing = tables.filter((table) => !rows.some((row) => row.name === table));
  if (missing.length === 0) return;
  throw new VolumeError('extract-incomplete', `These tables did not come back: ${list(missing)}.`);
}

/** Left free on the dataset: what is live goes on writing. */
const ROOM_BYTES = 256 * 1024 ** 2;
/** Indexes that are made anew, redo log and temporary files. */
const SLACK = 1.3;

/** A dataset that is full stops every write of the live database. */
async function refuseFull({ config, runner }: Extraction, { sizeBytes }: Source): Promise<void> {
  const available = (await findDataset(runner, config.volume.dataset))?.availableBytes ?? 0;
  refuseNoSpace(config.volume.dataset, available, Math.ceil(sizeBytes * SLACK) + ROOM_BYTES, [
    `bench volume set --quota SIZE -b ${config.name}`,
    'Or dump it elsewhere: --dump FILE',
  ]);
}

function list(names: readonly string[]): string {
  return names.map(onOneLine).join(', ');
}
