/** The contract of `--json` of copies in an object store. */
import * as z from 'zod';
import type OffsiteList from '../../src/commands/offsite/list.js';
import type OffsitePrune from '../../src/commands/offsite/prune.js';
import type OffsitePush from '../../src/commands/offsite/push.js';
import type OffsiteRestore from '../../src/commands/offsite/restore.js';
import type OffsiteStatus from '../../src/commands/offsite/status.js';
import type OffsiteVerify from '../../src/commands/offsite/verify.js';
import { bytes, milliseconds, object, printedBy, tag, text, time } from './parts.js';

const kind = z.enum(['full', 'incremental']);
const count = z.int().nonnegative();
const id = text.meta({ description: 'of a copy: the time of its snapshot, the GUID of that, and its kind' });
const url = text.meta({ description: 's3://bucket/prefix' });
const because = text.nullable().meta({ description: 'why it is a full copy; null for an incremental one' });
const volumesLeftOut = z
  .array(text)
  .meta({ description: 'data volumes that the bench writes, which are in no copy' });
const lockedUntil = time.nullable().meta({ description: 'Object Lock: nobody can delete it until then' });

/** By the command's id. */
export const offsite = {
  'offsite:list': printedBy<typeof OffsiteList>()(
    object({
      bench: text,
      url,
      copies: z.array(
        object({
          id,
          kind,
          tag,
          guid: text,
          createdAt: time,
          finishedAt: time,
          base: id.nullable(),
          state: z.enum(['whole', 'broken']),
          streamBytes: bytes,
          storedBytes: bytes,
          parts: count,
          host: text,
          dataset: text,
          volumesLeftOut,
          lockedUntil,
          verified: object({
            verdict: z.enum(['ok', 'bad']),
            level: text,
            at: time,
            reason: text.nullable(),
          }).nullable(),
        }),
      ),
      damaged: z.array(object({ id, message: text })),
      unfinished: z.array(id).meta({ description: 'parts without a manifest: no copies' }),
      storedBytes: bytes,
    }),
  ),
  'offsite:prune': printedBy<typeof OffsitePrune>()(
    object({
      bench: text,
      url,
      dryRun: z.boolean(),
      copies: z.array(
        object({
          id,
          createdAt: time,
          keptBy: z
            .array(
              z.enum([
                ...(['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const),
                ...(['younger', 'newest', 'not-scheduled', 'pinned', 'held', 'cloned'] as const),
                ...(['needed', 'proven', 'clock', 'locked'] as const),
              ]),
            )
            .meta({ description: 'none: it is deleted' }),
        }),
      ),
      pruned: z.array(id),
      removed: z.array(id).meta({ description: 'what was begun and never whole' }),
      refused: z.array(object({ id, message: text })),
      freedBytes: bytes,
    }),
  ),
  'offsite:push': printedBy<typeof OffsitePush>()(
    z.union([
      object({
        bench: text,
        url,
        id,
        kind,
        snapshot: object({ tag, createdAt: time }),
        because,
        resumed: z.boolean(),
        streamBytes: bytes,
        storedBytes: bytes,
        sentBytes: bytes.meta({ description: 'what this run has sent; the rest was there' }),
        parts: count,
        volumesLeftOut,
        lockedUntil,
        durationMs: milliseconds,
      }),
      object({
        bench: text,
        url,
        dryRun: z.literal(true),
        kind,
        because,
        snapshot: text.nullable().meta({ description: 'null: a fresh one is taken' }),
        base: id.nullable(),
        resumes: z.boolean(),
        streamBytes: bytes.nullable(),
        volumesLeftOut,
      }),
    ]),
  ),
  'offsite:restore': printedBy<typeof OffsiteRestore>()(
    object({
      bench: text,
      copies: z.array(id),
      snapshot: object({ tag, createdAt: time }),
      name: text,
      dataset: text,
      streamBytes: bytes,
      volumesLeftOut,
      dryRun: z.boolean(),
    }),
  ),
  'offsite:status': printedBy<typeof OffsiteStatus>()(
    object({
      bench: text,
      url,
      schedule: text.nullable(),
      active: z.boolean(),
      nextAt: time.nullable(),
      last: object({
        startedAt: time,
        endedAt: time.nullable(),
        outcome: z.enum(['running', 'done', 'failed', 'killed']),
        error: object({ code: text, message: text }).nullable(),
      }).nullable(),
      copy: object({
        url,
        id,
        kind,
        tag,
        guid: text,
        createdAt: time,
        finishedAt: time,
        streamBytes: bytes,
        storedBytes: bytes,
      }).nullable(),
      unfinished: object({ id, startedAt: time, parts: count }).nullable(),
      held: z.array(object({ tag, createdAt: time, usedBytes: bytes })),
    }),
  ),
  'offsite:verify': printedBy<typeof OffsiteVerify>()(
    object({
      bench: text,
      level: z.enum(['head', 'hash', 'stream', 'boot']),
      copies: z.array(object({ id, parts: count, storedBytes: bytes })),
      tables: count.nullable(),
      answers: count.nullable(),
      durationMs: milliseconds,
    }),
  ),
};
