import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';
import { RecordedTiming } from '../timers/timers.js';

/** How the last run of a bench went, outside of its dataset. */
const CopyRecord = z.object({
  version: z.literal(1),
  to: z.string(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  /** Null while it runs, and for ever of one that was killed. */
  endedAt: z.nullable(z.string()),
  outcome: z.enum(['running', 'done', 'failed']),
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
  /** What bench.toml said then, beside `to`: all that is known of it while it is out of sight. */
  settings: z.exactOptional(
    z.object({
      target: z.exactOptional(z.string()),
      schedule: z.exactOptional(RecordedTiming),
      bandwidthBytes: z.exactOptional(z.number()),
    }),
  ),
  /** The newest moment that is whole on the other side, whichever run has brought it there. */
  copied: z.nullable(z.object({ tag: z.string(), createdAt: z.string(), at: z.string() })),
});

export type CopyRecord = z.infer<typeof CopyRecord>;

export function copyRecordPath(bench: string): string {
  return join(stateDir(bench), 'replicate.json');
}

/** Undefined where there was no run yet. One that is damaged is as good as none. */
export async function readCopyRecord(bench: string): Promise<CopyRecord | undefined> {
  const text = await readText(copyRecordPath(bench));
  if (text === undefined) return undefined;
  try {
    return CopyRecord.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Of a bench that has changed its host: what was so before says nothing any more. */
export function forgetCopyRecord(bench: string): Promise<void> {
  return rm(copyRecordPath(bench), { force: true });
}

export function writeCopyRecord(bench: string, record: Omit<CopyRecord, 'version'>): Promise<void> {
  return replaceFile(copyRecordPath(bench), json({ version: 1, ...record }));
}
