import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { RefusedError } from '../errors.js';
import { writeFileAtomic } from '../host/atomic-file.js';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { json, readRecord } from '../host/records.js';

/**
 * What an interrupted restore needs to be finished: the state before it began. It lies outside the dataset, which
 * the restore itself changes.
 */
const Swap = z.object({
  /** The GUID of the dataset that is live before: where it stands tells how far a swap has come. */
  liveGuid: z.string(),
  /** `undo`: the GUID of the copy that is to be live again. */
  keptGuid: z.nullable(z.string()),
  /** ISO 8601, UTC; the mark of what is set aside. */
  keptAt: z.string(),
  /** Every local property of the live dataset, as `zfs get -p` prints it. */
  properties: z.record(z.string(), z.string()),
});

/** A volume of the bench that goes back with it. */
const JournalVolume = z.object({
  name: z.string(),
  /** What the bench writes: the volume, or its private copy. */
  dataset: z.string(),
  /** `undo`, of a restore that gives another one up: as it was before. */
  mode: z.enum(['rollback', 'keep', 'undo']),
  /** Empty for an undo. */
  snapshotGuid: z.string(),
  swap: z.optional(Swap),
});

const NEWEST_VERSION = 3;

const RestoreJournal = z.object({
  /**
   * 2 is a swap, which a bench that knows version 1 only must not take for a rollback. 3 brings volumes back, too, which
   * one that knows no volumes would leave as they are.
   */
  version: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  mode: z._default(z.enum(['rollback', 'keep', 'undo']), 'rollback'),
  swap: z.optional(Swap),
  volumes: z._default(z.array(JournalVolume), []),
  /** Of an undo, which goes to no snapshot: `undo`. */
  tag: z.string(),
  /** The snapshot by its GUID: a tag can be given again. */
  snapshotGuid: z.string(),
  startedAt: z.string(),
  /**
   * `begun`: the dataset is as it was, or on its way. `rolled-back`: it is what was asked for, by a rollback or by a
   * swap; only services and settings are missing. `opened`: sites are open on it; only the older copy is left to drop.
   */
  phase: z.enum(['begun', 'rolled-back', 'opened']),
  /** `snapshot`: it could not be read before, and will be what the snapshot holds. */
  maintenanceBefore: z.union([z.number(), z.boolean(), z.null(), z.literal('snapshot')]),
  /** Units that ran and are to run again. */
  activeUnits: z.array(z.string()),
  /** Those of them that had failed, or were starting again and again: a restore ends whether they start or not. */
  ailingUnits: z.optional(z.array(z.string())),
  /**
   * The settings of [volume] and [schedule] that were in force, by dotted key: they win over the older bench.toml. Null
   * is what was not set.
   */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** In bytes: the quota to set again, where it had to be raised for MariaDB to stop. */
  raisedQuota: z.optional(z.number()),
});

export type RestoreJournal = z.infer<typeof RestoreJournal>;
export type JournalVolume = z.infer<typeof JournalVolume>;
export type Swap = z.infer<typeof Swap>;

export function journalPath(bench: string): string {
  return join(stateDir(bench), 'restore.json');
}

/** Beside the journal, which operators read, and not in it: tables that bench knows nothing of may hold secrets. */
function configInForcePath(bench: string): string {
  return join(stateDir(bench), 'restore.bench.toml');
}

/** Keeps the bench.toml that was in force until {@link removeJournal}; undefined where it could not be read. */
export async function keepConfigInForce(bench: string, text: string | undefined): Promise<void> {
  const path = configInForcePath(bench);
  await mkdir(dirname(path), { recursive: true });
  // One that is there is of a restore which was killed at its very end.
  if (text === undefined) await rm(path, { force: true });
  else await writeFileAtomic(path, text, { mode: 0o600 });
}

/** What {@link keepConfigInForce} has kept. */
export function readConfigInForce(bench: string): Promise<string | undefined> {
  return readText(configInForcePath(bench));
}

/**
 * @returns undefined where no restore was interrupted
 * @throws RefusedError `journal-invalid` for one that is damaged or from a newer bench: it is refused, not guessed at
 */
export function readJournal(bench: string): Promise<RestoreJournal | undefined> {
  const path = journalPath(bench);
  return readRecord(
    path,
    (value) => RestoreJournal.parse(value),
    (cause, text) => {
      const version = /"version":\s*(\d+)/.exec(text)?.[1];
      const what =
        Number(version) > NEWEST_VERSION ? `was written by a newer bench (format ${version})` : 'is damaged';
      return new RefusedError(
        'journal-invalid',
        `${path} tells of an interrupted restore, but ${what}. Nothing was changed.`,
        { suggestions: ['Finish the restore with the bench version that began it.'], cause },
      );
    },
  );
}

export async function writeJournal(bench: string, journal: RestoreJournal): Promise<void> {
  await mkdir(dirname(journalPath(bench)), { recursive: true });
  await writeFileAtomic(journalPath(bench), json(journal), { mode: 0o644 });
}

export async function removeJournal(bench: string): Promise<void> {
  await rm(journalPath(bench), { force: true });
  await rm(configInForcePath(bench), { force: true });
}

/**
 * Other operations wait until a restore is finished: what they would work on is not what the operator thinks.
 * @throws RefusedError `restore-unfinished`
 */
export async function refuseUnfinishedRestore(bench: string): Promise<void> {
  const journal = await readJournal(bench);
  if (journal !== undefined) throw unfinishedRestore(bench, journal);
}

export function unfinishedRestore(bench: string, journal: Named): RefusedError {
  return new RefusedError(
    'restore-unfinished',
    `${describeRestore(journal)} was interrupted and has to be finished first. Nothing was changed.`,
    { suggestions: [finishCommand(bench, journal)] },
  );
}

type Named = Pick<RestoreJournal, 'mode' | 'tag'>;

export function describeRestore({ mode, tag }: Named): string {
  return mode === 'undo' ? 'The undo of a restore' : `A restore to ${tag}`;
}

/** The command that finishes an interrupted restore. */
export function finishCommand(bench: string, { mode, tag }: Named): string {
  if (mode === 'undo') return `bench volume undo-restore -b ${bench}`;
  return `bench volume restore-snapshot ${tag}${mode === 'keep' ? ' --keep' : ''} -b ${bench}`;
}
