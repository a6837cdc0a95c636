/** The contract of `--json` of proofs of snapshots, of what comes out of one, and of guarded changes. */
import * as z from 'zod';
import type Guard from '../../src/commands/guard.js';
import type VolumeExtract from '../../src/commands/volume/extract.js';
import type VolumeVerify from '../../src/commands/volume/verify.js';
import { milliseconds, object, path, printedBy, tag, text, time } from './parts.js';

const level = z.enum(['quick', 'normal', 'extended']);
const found = {
  verdict: z.enum(['ok', 'damaged', 'differs']),
  at: time,
  level,
  reason: text.nullable().meta({ description: "MariaDB's own words, on one line" }),
};

/** What a proof has found, as it stands on a snapshot. */
export const verdict = object(found);

export const proofs = {
  guard: printedBy<typeof Guard>()(
    object({
      bench: text,
      tag,
      command: object({
        argv: z.array(text),
        exitCode: z.int().nullable(),
        signal: text.nullable(),
        durationMs: milliseconds,
      }),
      check: object({ passed: z.boolean(), reason: text.nullable() }).nullable(),
      reason: text.nullable().meta({ description: 'why it counts as failed' }),
      outcome: z.enum(['done', 'undone', 'not-undone', 'not-run', 'accepted']).meta({
        description: 'exit codes 0, 10, 11, 0, 0; with 10 and 11, too, this is what is printed, and no error',
      }),
      restored: z.enum(['restored', 'nothing-written']).nullable(),
      kept: text.nullable().meta({ description: 'the dataset in which the failed state is kept' }),
      next: text.nullable().meta({ description: 'the command that undoes it' }),
      notes: z.array(text),
    }),
  ),
  'volume:extract': printedBy<typeof VolumeExtract>()(
    object({
      dataset: text,
      tag,
      files: z.array(
        object({
          path: text.meta({ description: "below the bench's directory" }),
          to: path,
          kept: path.nullable().meta({ description: 'where what was there before is kept' }),
        }),
      ),
      database: object({
        database: text,
        tables: z.array(text),
        file: path.nullable().meta({ description: 'the file of a dump' }),
        into: text.nullable().meta({ description: 'the live database that holds it now' }),
        kept: z.array(text).meta({ description: 'the names of what was replaced' }),
      }).nullable(),
      notes: z.array(text),
      durationMs: milliseconds,
    }),
  ),
  'volume:verify': printedBy<typeof VolumeVerify>()(
    object({
      dataset: text,
      level,
      verified: z.array(
        object({
          tag,
          name: text,
          ...found,
          findings: z.array(text),
          tables: z.int().nonnegative(),
          elsewhere: z
            .int()
            .nonnegative()
            .meta({ description: 'tables whose rows are in no snapshot, as FEDERATED and MEMORY' }),
          answers: z.int().nonnegative().meta({ description: 'of [verify] sql, as expected' }),
          durationMs: milliseconds,
        }),
      ),
      removed: z.array(text).meta({ description: 'what killed runs had left, and was taken away' }),
    }),
  ),
};
