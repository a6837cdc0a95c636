import * as z from 'zod/mini';
import { RefusedError } from '../errors.js';
import { decodeNote, encodeNote } from '../zfs/zfs.js';
import type { Attachment, PastAttachment } from './volume.js';

/**
 * The user properties that are all bench knows of a volume (zfsprops(7), "User Properties"). Lists are JSON, and what
 * holds more than letters and digits is percent-encoded like notes.
 */
export const VOLUME_MARK = {
  /** `1`: the volume is whole. Always written last. `deleting`: a delete was begun. */
  whole: 'bench:volume',
  id: 'bench:id',
  /** `create`, `clone` or `import`: how it came into being. */
  made: 'bench:made',
  /** `raw` or `ext4`. */
  format: 'bench:format',
  /** `on`: several benches of one host may write it. */
  shared: 'bench:shared',
  /** On a clone that an export reads: the unfinished file. */
  description: 'bench:description',
  labels: 'bench:labels',
  history: 'bench:history',
  /** On a private copy, or a clone that an export reads: the id of the volume that it is one of. */
  overlay: 'bench:overlay',
  /** On a root volume whose bench was dropped: when. */
  preserved: 'bench:preserved',
} as const;

/** A value has at most 8192 bytes with its NUL, so a long list is cut into pieces; none stands for nothing. */
export const ATTACHMENT_MARKS = [
  'bench:attachments',
  'bench:attachments-2',
  'bench:attachments-3',
  'bench:attachments-4',
] as const;

const LONGEST_VALUE = 8191;
/** How many attachments that were are remembered. */
export const HISTORY_LENGTH = 32;

const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/));
const ofBench = {
  bench: z.string(),
  path: z.string(),
  mode: z.enum(['rw', 'ro', 'overlay']),
  since: time,
  overlayBytes: z.optional(z.int()),
};
const ofMachine = { machine: z.string(), drive: z.string(), mode: z.enum(['rw', 'ro']), since: time };
const Attachments = z.array(z.union([z.object(ofBench), z.object(ofMachine)]));
const History = z.array(
  z.union([z.object({ ...ofBench, until: time }), z.object({ ...ofMachine, until: time })]),
);
const Labels = z.record(z.string(), z.string());

/** What a stored value stands for; undefined where it is none that this bench has written. */
function decode<T>(schema: z.ZodMiniType<T>, stored: string): T | undefined {
  try {
    return schema.parse(JSON.parse(decodeNote(stored)));
  } catch {
    return undefined;
  }
}

export function decodeLabels(stored: string): Record<string, string> | undefined {
  return decode(Labels, stored);
}

export function decodeHistory(stored: string): PastAttachment[] | undefined {
  return decode(History, stored) as PastAttachment[] | undefined;
}

/** @param pieces the values of {@link ATTACHMENT_MARKS}, in their order */
export function decodeAttachments(pieces: readonly string[]): Attachment[] | undefined {
  return decode(Attachments, pieces.join('')) as Attachment[] | undefined;
}

/**
 * The properties to set for these attachments, all by one `zfs set`, which ZFS carries out as one.
 * @throws RefusedError `attachments-full` where there are more than fit (some hundreds)
 */
export function attachmentProperties(attachments: readonly Attachment[]): Record<string, string> {
  const text = encodeNote(JSON.stringify(attachments));
  if (text.length > LONGEST_VALUE * ATTACHMENT_MARKS.length) {
    throw new RefusedError(
      'attachments-full',
      `The volume has ${attachments.length - 1} attachments: no more can be recorded. Nothing was changed.`,
      { suggestions: ['Detach it where it is not used any more, or attach a clone of it.'] },
    );
  }
  const pieces = ATTACHMENT_MARKS.map((mark, index) => [
    mark,
    text.slice(index * LONGEST_VALUE, (index + 1) * LONGEST_VALUE),
  ]);
  return Object.fromEntries(pieces);
}

/** The newest attachments that were, as many as are remembered and fit. */
export function historyProperty(history: readonly PastAttachment[]): Record<string, string> {
  for (let count = Math.min(history.length, HISTORY_LENGTH); ; count -= 1) {
    const text = encodeNote(JSON.stringify(history.slice(0, count)));
    if (text.length <= LONGEST_VALUE) return { [VOLUME_MARK.history]: text };
  }
}

/**
 * A description and labels as they are kept.
 * @throws RefusedError `description-too-long`, `labels-too-long`
 */
export function textProperties(text: {
  description?: string;
  labels?: Readonly<Record<string, string>>;
}): Record<string, string> {
  const properties: Record<string, string> = {};
  if (text.description !== undefined && text.description !== '')
    properties[VOLUME_MARK.description] = fitting('description', encodeNote(text.description));
  if (text.labels !== undefined && Object.keys(text.labels).length > 0)
    properties[VOLUME_MARK.labels] = fitting('labels', encodeNote(JSON.stringify(text.labels)));
  return properties;
}

function fitting(what: 'description' | 'labels', encoded: string): string {
  if (encoded.length <= LONGEST_VALUE) return encoded;
  throw new RefusedError(
    `${what}-too-long`,
    `The ${what} would take ${encoded.length} bytes as ZFS keeps them; at most ${LONGEST_VALUE} fit. Nothing was changed.`,
  );
}
