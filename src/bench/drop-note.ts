import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { RefusedError } from '../errors.js';
import { ignoreMissing } from '../host/files.js';
import { STATE_DIR, stateDir } from '../host/paths.js';
import { json, readRecord, replaceFile } from '../host/records.js';
import { HostRecord } from './host-record.js';

/**
 * What a drop began with: bench.toml goes with the dataset, and with it goes what else was known of the bench. It lies
 * beside the host record until the drop comes to its end.
 */
const DropNote = z.object({
  version: z.literal(1),
  bench: z.string(),
  /** Whether the dataset is kept; one that was begun so goes on so. */
  preserve: z.boolean(),
  /** Begun by the sweep of clones, which finishes it, too. */
  unattended: z.boolean(),
  /** Its pool was lost: nothing of it is in sight, and nothing of it is destroyed. */
  forget: z.optional(z.boolean()),
  startedAt: z.string(),
  /** The snapshot that was taken for this bench and goes with it, `<dataset>@<tag>`. */
  origin: z.nullable(z.string()),
  /** As init has recorded it or, of a bench that it never came to record, would have. */
  record: HostRecord,
});

export type DropNote = z.infer<typeof DropNote>;

export function dropNotePath(bench: string): string {
  return join(stateDir(bench), 'drop.json');
}

/** To be written before anything is taken away. */
export function writeDropNote(note: DropNote): Promise<void> {
  return replaceFile(dropNotePath(note.bench), json(note));
}

/**
 * @returns undefined where no drop of this bench was cut off
 * @throws RefusedError `drop-note-invalid` for one that is damaged or from a newer bench: it is not guessed at
 */
export function readDropNote(bench: string): Promise<DropNote | undefined> {
  const path = dropNotePath(bench);
  return readRecord(
    path,
    (value) => DropNote.parse(value),
    (cause) =>
      new RefusedError(
        'drop-note-invalid',
        `${path} tells of a drop that was cut off, but is damaged or of a newer bench. Nothing was changed.`,
        {
          suggestions: [
            'Finish the drop with the bench version that began it.',
            `Or look at it, move it away, and begin anew: bench drop ${bench}`,
          ],
          cause,
        },
      ),
  );
}

/** Every drop that was cut off on this host; one that cannot be read is passed over. */
export async function readDropNotes(): Promise<DropNote[]> {
  const names = (await readdir(STATE_DIR).catch(ignoreMissing)) ?? [];
  const notes = await Promise.all(
    names.map((name) =>
      readDropNote(name).catch((error: unknown) => {
        if (error instanceof RefusedError) return undefined;
        throw error;
      }),
    ),
  );
  return notes.flatMap((note) => (note === undefined ? [] : [note]));
}

/**
 * Nothing is made of a bench that is about to be no more.
 * @throws RefusedError `drop-unfinished`
 */
export async function refuseUnfinishedDrop(bench: string): Promise<void> {
  const note = await readDropNote(bench);
  if (note === undefined) return;
  throw new RefusedError(
    'drop-unfinished',
    `${bench} was being dropped, which did not come to its end. Nothing was changed.`,
    {
      suggestions: [
        `To finish it: bench drop ${bench}`,
        `Only if its dataset ${note.record.dataset} is still there and is to stay: rm ${dropNotePath(bench)}; then bench init -b ${bench}`,
      ],
    },
  );
}
