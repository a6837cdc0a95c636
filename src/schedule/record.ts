import { join } from 'node:path';
import * as z from 'zod/mini';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';

/**
 * How the last scheduled run of a bench went, outside of its dataset: systemd forgets it with a reboot, and a run that
 * could not take a snapshot leaves nothing in ZFS.
 */
const RunRecord = z.object({
  version: z.literal(1),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  /** Null while it runs, and for ever of one that was killed. */
  endedAt: z.nullable(z.string()),
  outcome: z.enum(['running', 'done', 'failed']),
  /** The tag of the snapshot that it took. */
  snapshot: z.nullable(z.string()),
  /** How many it pruned; null where it did not come to that. */
  pruned: z.nullable(z.number()),
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
  /** When the schedule has the next run, without the delay of the timer; null where that could not be found out. */
  nextAt: z.nullable(z.string()),
  /** The time of the newest snapshot, where that is in the future: until then nothing is pruned. */
  behindUntil: z.nullable(z.string()),
});

export type RunRecord = z.infer<typeof RunRecord>;

export function runRecordPath(bench: string): string {
  return join(stateDir(bench), 'schedule.json');
}

/** Undefined where there was no run yet. One that is damaged is as good as none: the next run writes it anew. */
export async function readRunRecord(bench: string): Promise<RunRecord | undefined> {
  const text = await readText(runRecordPath(bench));
  if (text === undefined) return undefined;
  try {
    return RunRecord.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function writeRunRecord(bench: string, record: Omit<RunRecord, 'version'>): Promise<void> {
  return replaceFile(runRecordPath(bench), json({ version: 1, ...record }));
}
