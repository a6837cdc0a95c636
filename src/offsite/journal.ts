import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { replaceFile } from '../host/records.js';
import type { Part } from './manifest.js';

/** What a push has begun with: the identical stream is made of it again. */
const Begin = z.object({
  version: z.literal(1),
  id: z.string(),
  kind: z.enum(['full', 'incremental']),
  url: z.string(),
  snapshot: z.object({ name: z.string(), guid: z.string() }),
  base: z.nullable(z.object({ id: z.string(), guid: z.string(), tag: z.string() })),
  recipients: z.array(z.string()),
  flags: z.array(z.string()),
  partBytes: z.int(),
  startedAt: z.string(),
});

export type Begin = z.infer<typeof Begin>;

const Uploaded = z.object({
  name: z.string(),
  plainBytes: z.int(),
  plainSha256: z.string(),
  cipherBytes: z.int(),
  cipherSha256: z.string(),
  cipherMd5: z.string(),
  index: z.int(),
});

/** What was begun, and what has arrived. */
export interface Begun {
  begin: Begin;
  /** By the number of the part. */
  parts: Map<number, Part>;
}

export function journalPath(bench: string): string {
  return join(stateDir(bench), 'offsite-push.ndjson');
}

/**
 * What an earlier push has left; undefined where there is nothing, or nothing that can be read: then a new one begins. The
 * last line may have been cut off by a power cut, and counts for nothing then.
 */
export async function readPushJournal(bench: string): Promise<Begun | undefined> {
  const [first = '', ...lines] = ((await readText(journalPath(bench))) ?? '').split('\n');
  const begin = Begin.safeParse(parsed(first));
  if (!begin.success) return undefined;
  const parts = new Map<number, Part>();
  for (const line of lines) {
    const part = Uploaded.safeParse(parsed(line));
    if (!part.success) continue;
    const { index, ...rest } = part.data;
    parts.set(index, rest);
  }
  return { begin: begin.data, parts };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Written before anything is uploaded; each part after it has arrived. Every line is on the disk before it counts. */
export class PushJournal {
  private constructor(private readonly file: FileHandle) {}

  static async begin(bench: string, begin: Begin): Promise<PushJournal> {
    await replaceFile(journalPath(bench), `${JSON.stringify(begin)}\n`);
    return PushJournal.goOn(bench);
  }

  /** Behind what an earlier push has written; its last line may be cut off. */
  static async goOn(bench: string): Promise<PushJournal> {
    const file = await open(journalPath(bench), 'a');
    await file.appendFile('\n');
    return new PushJournal(file);
  }

  uploaded(index: number, part: Part): Promise<void> {
    return this.append({ index, ...part });
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async append(line: unknown): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(line)}\n`);
    await this.file.datasync();
  }
}

/** When the copy is whole, or is given up. */
export function forgetPushJournal(bench: string): Promise<void> {
  return rm(journalPath(bench), { force: true });
}
