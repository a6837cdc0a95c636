import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { RefusedError } from '../errors.js';
import { formatArgv } from '../host/exec.js';
import { stateDir } from '../host/paths.js';
import { json, readRecord, replaceFile } from '../host/records.js';

/**
 * What the taking up of a kept volume began with: until its bench.toml and its marks are the new bench's, they say
 * something else.
 */
const TakeUpNote = z.object({
  version: z.literal(1),
  bench: z.string(),
  /** The name that the volume was kept under. */
  volume: z.string(),
  from: z.string(),
  to: z.string(),
  /** The bench.toml of the bench: its name, instance, port and sizes go into the kept one. */
  content: z.string(),
});

export type TakeUpNote = z.infer<typeof TakeUpNote>;

function notePath(bench: string): string {
  return join(stateDir(bench), 'take-up.json');
}

/** To be written before the volume gets another name. */
export function writeTakeUpNote(note: TakeUpNote): Promise<void> {
  return replaceFile(notePath(note.bench), json(note));
}

/** When the bench is whole. */
export function forgetTakeUpNote(bench: string): Promise<void> {
  return rm(notePath(bench), { force: true });
}

/**
 * @returns undefined where nothing was cut off
 * @throws RefusedError `take-up-note-invalid` for one that is damaged or from a newer bench: it is not guessed at
 */
export function readTakeUpNote(bench: string): Promise<TakeUpNote | undefined> {
  const path = notePath(bench);
  return readRecord(
    path,
    (value) => TakeUpNote.parse(value),
    (cause) =>
      new RefusedError(
        'take-up-note-invalid',
        `${path} tells of a kept volume that was being taken up, but is damaged or of a newer bench. Nothing was changed.`,
        { suggestions: ['Finish it with the bench version that began it.'], cause },
      ),
  );
}

/** The error for a bench that is not yet what it is to be. */
export function unfinishedTakeUp({ bench, volume }: Pick<TakeUpNote, 'bench' | 'volume'>): RefusedError {
  return new RefusedError(
    'take-up-unfinished',
    `${bench} takes up the kept volume of ${volume}, which did not come to its end. Nothing was changed.`,
    { suggestions: [`To finish it: ${formatArgv(['bench', 'init', '-b', bench, '--from-volume', volume])}`] },
  );
}

/** @throws RefusedError `take-up-unfinished` */
export async function refuseUnfinishedTakeUp(bench: string): Promise<void> {
  const note = await readTakeUpNote(bench);
  if (note !== undefined) throw unfinishedTakeUp(note);
}
