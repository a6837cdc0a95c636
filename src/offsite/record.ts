import { join } from 'node:path';
import * as z from 'zod/mini';
import { KEEP_RULES, type OffsiteConfig } from '../config/config.js';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';
import { RecordedTiming } from '../timers/timers.js';

const Settings = z.object({
  url: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  endpoint: z.exactOptional(z.string()),
  region: z.string(),
  credentials: z.string(),
  recipients: z.array(z.string()),
  schedule: z.exactOptional(RecordedTiming),
  policy: z.exactOptional(
    z.union([z.object({ days: z.number() }), z.record(z.enum(KEEP_RULES), z.number())]),
  ),
  fullEvery: z.union([z.object({ increments: z.number() }), z.object({ ageMs: z.number() })]),
  lockDays: z.exactOptional(z.number()),
}) satisfies z.ZodMiniType<OffsiteConfig>;

/**
 * How the last push of a bench went and what it has brought, outside of its dataset: status, checks and figures ask no
 * store. What there is in the store only the store knows.
 */
const OffsiteRecord = z.object({
  version: z.literal(1),
  /** Null where there was none. Times ISO 8601, UTC. */
  push: z.nullable(
    z.object({
      startedAt: z.string(),
      /** Null while it runs, and for ever of one that was killed. */
      endedAt: z.nullable(z.string()),
      outcome: z.enum(['running', 'done', 'failed']),
      error: z.nullable(z.object({ code: z.string(), message: z.string() })),
      /** When the schedule has the next one, without the delay of the timer; null where there is none. */
      nextAt: z.nullable(z.string()),
    }),
  ),
  /** The last copy that is whole, and on which the next one builds. */
  copy: z.nullable(
    z.object({
      /** Where it lies. */
      url: z.string(),
      id: z.string(),
      kind: z.enum(['full', 'incremental']),
      tag: z.string(),
      guid: z.string(),
      /** Of the snapshot: so old is what would come back. */
      createdAt: z.string(),
      finishedAt: z.string(),
      /** Of the stream, and as it was stored. */
      streamBytes: z.int(),
      storedBytes: z.int(),
    }),
  ),
  /** What bench.toml said at the last push: all that is known of it while it is out of sight. */
  settings: z.exactOptional(Settings),
  /** What `bench offsite verify` has found last of each copy that it was asked for. */
  verdicts: z.record(
    z.string(),
    z.object({
      verdict: z.enum(['ok', 'bad']),
      level: z.string(),
      at: z.string(),
      reason: z.nullable(z.string()),
    }),
  ),
});

export type OffsiteRecord = z.infer<typeof OffsiteRecord>;

const NOTHING: OffsiteRecord = { version: 1, push: null, copy: null, verdicts: {} };

function recordPath(bench: string): string {
  return join(stateDir(bench), 'offsite.json');
}

/** One that is damaged is as good as none: the next push writes it anew. */
export async function readOffsiteRecord(bench: string): Promise<OffsiteRecord> {
  const text = await readText(recordPath(bench));
  try {
    return text === undefined ? NOTHING : OffsiteRecord.parse(JSON.parse(text));
  } catch {
    return NOTHING;
  }
}

/** Only under the lock of the bench's copies. */
export async function changeOffsiteRecord(
  bench: string,
  change: (record: OffsiteRecord) => OffsiteRecord,
): Promise<void> {
  await replaceFile(recordPath(bench), json(change(await readOffsiteRecord(bench))));
}
