import { basename, join } from 'node:path';
import { aloneOn, layoutOf, refuseUnfinishedRestore, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { removeLeftovers } from '../scratch/scratch.js';
import { type OnStep, perform } from '../steps/steps.js';
import { listSnapshots, type Snapshot } from '../zfs/zfs.js';
import { type ExtractedDatabase, type Extraction, extractDatabase, type Into } from './database.js';
import { bringBack, dropTarget, type ExtractedFile, makeTarget, type Place, refusePlace } from './files.js';
import { type ExtractRequest, targetName } from './request.js';
import { databaseOf, sitePath } from './site.js';
import { benchesIn, findFile } from './snapshot-files.js';
import { unfinished } from './unfinished.js';

/** What `bench volume extract --json` prints. */
export interface ExtractResult {
  dataset: string;
  tag: string;
  files: ExtractedFile[];
  database: ExtractedDatabase | null;
  /** What the operator should know, one sentence each. */
  notes: string[];
  durationMs: number;
}

/** What would come back, found out before anything is touched. */
export interface ExtractPreview {
  snapshot: Snapshot;
  places: Place[];
  /** Undefined where only files are asked for. */
  database: { name: string; tables: readonly string[]; into: Into } | undefined;
}

/**
 * Finds what is asked for in the snapshot, and whether there is a place for it. Changes nothing.
 * @throws UsageError `snapshot-missing`, `file-missing`, `path-invalid`, `site-invalid`, `name-invalid`, `wrong-usage`;
 *   RefusedError `symlink-refused`, `file-exists`, `no-space`
 */
export async function previewExtract(
  config: BenchConfig,
  runner: Runner,
  request: ExtractRequest,
): Promise<ExtractPreview> {
  await refuseUnfinishedRestore(config.name);
  await requireOwnDataset(config, runner);
  const snapshot = await findTag(config, runner, request.tag);
  const { site } = request;
  const named = site === undefined ? request.files : [sitePath(site)];
  const layout = layoutOf(config);
  const places: Place[] = [];
  if (named.length > 0) {
    const benches = await benchesIn(layout, request.tag);
    for (const name of named) {
      const file = await findFile(layout, benches, name);
      const { to } = request;
      const place =
        to === undefined
          ? {
              to: join(layout.parts.benches.target, file.path),
              aside: `${basename(file.path)}.before-extract-${request.stamp}`,
            }
          : { to: join(to, basename(file.path)), aside: undefined };
      places.push({ file, ...place });
    }
    refuseSamePlace(places);
  }
  const [place] = places;
  const database =
    site !== undefined && place !== undefined ? await databaseOf(place.file.source, site) : request.database;
  return {
    snapshot,
    places,
    database:
      database === undefined
        ? undefined
        : { name: database, tables: request.tables, into: intoOf(database, request) },
  };
}

/**
 * Two things cannot have one place: the second one would find the first one there. Pure.
 * @throws UsageError `wrong-usage`
 */
export function refuseSamePlace(places: readonly Place[]): void {
  const again = places.find(({ to }, index) => places.findIndex((other) => other.to === to) < index);
  if (again === undefined) return;
  throw new UsageError(
    'wrong-usage',
    `More than one of what --file names would come back to ${onOneLine(again.to)}. Nothing was changed.`,
    {
      suggestions: [
        'Name each file once; those of one name one after the other, each with a --to of its own.',
      ],
    },
  );
}

function intoOf(database: string, { into, tag }: ExtractRequest): Into {
  return into.kind === 'as' ? { kind: 'as', name: targetName(database, tag, into.name) } : into;
}

async function findTag(config: BenchConfig, runner: Runner, tag: string): Promise<Snapshot> {
  const { dataset } = config.volume;
  const found = (await listSnapshots(runner, dataset)).find((snapshot) => snapshot.tag === tag);
  if (found !== undefined) return found;
  throw new UsageError(
    'snapshot-missing',
    `${dataset} has no snapshot ${onOneLine(tag)}. Nothing was changed.`,
    {
      suggestions: [`bench volume list-snapshots -b ${config.name}`],
    },
  );
}

/**
 * Brings one thing out of a snapshot (SPEC-2 section 15): the database first, which may not come back, then files. The
 * bench goes on working, and nothing is overwritten.
 * @throws VolumeError `extract-unfinished` where some of it is in its place already; else nothing was changed
 */
export async function extract(
  config: BenchConfig,
  runner: Runner,
  request: ExtractRequest,
  onStep: OnStep = () => undefined,
): Promise<ExtractResult> {
  const started = performance.now();
  const { snapshot, places, database } = await previewExtract(config, runner, request);
  const made = request.to !== undefined && (await makeTarget(request.to));
  const notes: string[] = [];
  try {
    for (const place of places) await refusePlace(runner, place);
    await removeLeftovers(runner, config.volume.pool);
    const extraction = { config, runner, snapshot, notes, inPlace: [], onStep };
    const brought = await bringAll(extraction, { places, database });
    const durationMs = Math.round(performance.now() - started);
    return { dataset: config.volume.dataset, tag: request.tag, ...brought, notes, durationMs };
  } catch (error) {
    if (made && request.to !== undefined) await dropTarget(request.to);
    throw error;
  }
}

/** @throws VolumeError `extract-unfinished` once anything is in its place; else what went wrong */
export async function bringAll(
  extraction: Extraction,
  { places, database }: Pick<ExtractPreview, 'places' | 'database'>,
): Promise<Pick<ExtractResult, 'files' | 'database'>> {
  const { config, snapshot, inPlace } = extraction;
  const files: ExtractedFile[] = [];
  try {
    const brought =
      database === undefined
        ? null
        : await extractDatabase(extraction, {
            database: database.name,
            tables: database.tables,
            into: database.into,
          });
    await bringFiles(extraction, places, files);
    return { files, database: brought };
  } catch (error) {
    const rest = places.slice(files.length);
    throw unfinished(error, { bench: config.name, tag: snapshot.tag, inPlace, files, rest });
  }
}

/** One after the other; `files` gets each as soon as it is in its place, whatever fails later. */
async function bringFiles(
  { config, runner, onStep }: Extraction,
  places: readonly Place[],
  files: ExtractedFile[],
): Promise<void> {
  for (const place of places) {
    const bring = () =>
      bringBack(runner, place, (publish) =>
        alone(config, runner, async () => {
          files.push(await publish());
        }),
      );
    await perform(`Bring back ${place.file.path}`, bring, onStep);
  }
}

/** What has a name in the bench changes under its lock: a restore may have begun since. */
function alone(config: BenchConfig, runner: Runner, work: () => Promise<void>): Promise<void> {
  return aloneOn(config, runner, 'bench volume extract', async () => {
    await refuseUnfinishedRestore(config.name);
    await work();
  });
}
