import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { BenchError, RefusedError } from '../errors.js';
import { writeFileAtomic } from '../host/atomic-file.js';
import { stateDir } from '../host/paths.js';

/**
 * What an interrupted restore needs to be finished: the state before it began. It lies outside the dataset, which
 * the restore itself changes.
 */
const RestoreJournal = z.object({
  version: z.literal(1),
  tag: z.string(),
  /** The snapshot by its GUID: a tag can be given again. */
  snapshotGuid: z.string(),
  startedAt: z.string(),
  /** `begun`: the dataset is as it was. `rolled-back`: it is the snapshot; only services and settings are missing. */
  phase: z.enum(['begun', 'rolled-back']),
  /** `snapshot`: it could not be read before, and will be what the snapshot holds. */
  maintenanceBefore: z.union([z.number(), z.boolean(), z.null(), z.literal('snapshot')]),
  /** Units that ran and are to run again. */
  activeUnits: z.array(z.string()),
  /** The [volume] settings that were in force, by dotted key: they win over the older bench.toml. */
  settings: z.record(z.string(), z.string()),
});

export type RestoreJournal = z.infer<typeof RestoreJournal>;

function journalPath(bench: string): string {
  return join(stateDir(bench), 'restore.json');
}

/**
 * @returns undefined where no restore was interrupted
 * @throws BenchError `journal-invalid` for one that is damaged or from a newer bench: it is refused, not guessed at
 */
export async function readJournal(bench: string): Promise<RestoreJournal | undefined> {
  const path = journalPath(bench);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return RestoreJournal.parse(JSON.parse(text));
  } catch (cause) {
    throw new BenchError(
      'journal-invalid',
      `${path} tells of an interrupted restore, but is damaged or was written by a newer bench. Nothing was changed.`,
      { suggestions: ['Use the bench version that began the restore.'], cause },
    );
  }
}

export async function writeJournal(bench: string, journal: RestoreJournal): Promise<void> {
  await mkdir(dirname(journalPath(bench)), { recursive: true });
  await writeFileAtomic(journalPath(bench), `${JSON.stringify(journal, null, 2)}\n`, { mode: 0o644 });
}

export async function removeJournal(bench: string): Promise<void> {
  await rm(journalPath(bench), { force: true });
}

/**
 * Other operations wait until a restore is finished: what they would work on is not what the operator thinks.
 * @throws RefusedError `restore-unfinished`
 */
export async function refuseUnfinishedRestore(bench: string): Promise<void> {
  const journal = await readJournal(bench);
  if (journal === undefined) return;
  throw new RefusedError(
    'restore-unfinished',
    `A restore to ${journal.tag} was interrupted and has to be finished first. Nothing was changed.`,
    { suggestions: [finishCommand(bench, journal)] },
  );
}

/** The command that finishes an interrupted restore. */
export function finishCommand(bench: string, { tag }: Pick<RestoreJournal, 'tag'>): string {
  return `bench volume restore-snapshot ${tag} -b ${bench}`;
}
