import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { RefusedError } from '../errors.js';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';
import { finishCloneCommand } from './clone.js';

/**
 * What a clone began with, outside of its dataset: until its bench.toml is its own there is no other word of it, and
 * ZFS makes a clone in one transaction group and gives it its properties in a later one.
 */
const CloneNote = z.object({
  version: z.literal(1),
  bench: z.string(),
  /** The bench that is cloned, or that the template was made of. */
  source: z.string(),
  template: z.nullable(z.string()),
  /** `<dataset>@<tag>` */
  snapshot: z.string(),
  dataset: z.string(),
  port: z.int(),
  /** Of `--quota`, in bytes. */
  quotaBytes: z.nullable(z.number()),
  /** Every property that the dataset gets. */
  properties: z.record(z.string(), z.string()),
});

export type CloneNote = z.infer<typeof CloneNote>;

function notePath(bench: string): string {
  return join(stateDir(bench), 'clone.json');
}

/** To be written before `zfs clone`. */
export function writeCloneNote(note: CloneNote): Promise<void> {
  return replaceFile(notePath(note.bench), json(note));
}

/** When the clone is whole. */
export function forgetCloneNote(bench: string): Promise<void> {
  return rm(notePath(bench), { force: true });
}

/**
 * @returns undefined where no clone of this name was cut off
 * @throws RefusedError `clone-note-invalid` for one that is damaged or from a newer bench: it is not guessed at
 */
export async function readCloneNote(bench: string): Promise<CloneNote | undefined> {
  const path = notePath(bench);
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return CloneNote.parse(JSON.parse(text));
  } catch (cause) {
    throw new RefusedError(
      'clone-note-invalid',
      `${path} tells of a clone that was cut off, but is damaged or of a newer bench. Nothing was changed.`,
      {
        suggestions: [
          'Finish the clone with the bench version that began it.',
          `Or take away what it has made: bench drop ${bench}`,
        ],
        cause,
      },
    );
  }
}

/** The error for a bench of which there is no more than the beginning of a clone. */
export function unfinishedClone(note: CloneNote): RefusedError {
  return new RefusedError(
    'clone-unfinished',
    `${note.bench} is a clone of ${note.source} that was cut off before it was a bench. Nothing was changed.`,
    {
      suggestions: [
        `To finish it: ${finishCloneCommand(note.bench, note)}`,
        `To take it away: bench drop ${note.bench}`,
      ],
    },
  );
}
