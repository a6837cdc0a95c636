import * as z from 'zod/mini';
import { tag as tagProblem, volumeName } from '../names.js';
import { ROOT } from './names.js';

/** One snapshot of a copy, as the host that has it tells. */
const CopySnapshot = z.object({
  tag: z.string(),
  guid: z.string().check(z.regex(/^\d+$/)),
  /** Seconds since 1970, by the clock of the host that took it. */
  createdAt: z.int(),
  /** How MariaDB was held still; null while that has not been told yet. */
  quiesce: z.nullable(z.string()),
});

const CopyMember = z.object({
  /** `.` or the name of a volume. */
  member: z.string(),
  dataset: z.string(),
  /** Bytes that differ from its newest snapshot: none, as long as nobody has written to it. */
  writtenBytes: z.int(),
  mounted: z.boolean(),
  encrypted: z.boolean(),
  /** Whose key is not loaded there, so that it could not be taken up; null also where that host does not say it. */
  lockedBy: z._default(z.nullable(z.string()), null),
  /** What is left of a stream that was cut off; null where there is none. */
  token: z.nullable(z.string()),
  /** Newest first. */
  snapshots: z.array(CopySnapshot),
});

/** What a host knows of a bench: a copy, the bench itself, or nothing. */
export const Look = z.object({
  protocol: z.literal(1),
  /** The clock of that host, ISO 8601. */
  time: z.string(),
  /** The bench itself, where it is one there. */
  live: z.nullable(
    z.object({
      dataset: z.string(),
      epoch: z.int(),
      /** Whether its MariaDB runs. */
      active: z.boolean(),
      /** Whether that host knows that it may not start it. */
      superseded: z.boolean(),
      /** Member → its snapshots. */
      snapshots: z.record(z.string(), z.array(z.object({ tag: z.string(), guid: z.string() }))),
    }),
  ),
  /** Where copies of the asking host go. */
  target: z.string(),
  /** The epoch that the copy was sent with; null without a copy. */
  epoch: z.nullable(z.int()),
  /** Who sends the copy, where that is not the asking host: of such a one nothing is told but its epoch. */
  another: z._default(z.nullable(z.object({ from: z.string(), lineage: z.nullable(z.string()) })), null),
  members: z.array(CopyMember),
});

export const Done = z.object({ done: z.literal(true) });

export type Look = z.infer<typeof Look>;
export type CopyMember = z.infer<typeof CopyMember>;
export type CopySnapshot = z.infer<typeof CopySnapshot>;

/** As a property may hold it: nothing that parts columns or rows of what ZFS prints. */
const encoded = z.string().check(z.regex(/^[A-Za-z0-9_.%-]{0,8191}$/));

/** What a volume is beyond its content; percent-encoded as it stands in its properties. */
const VolumeTraits = z.object({
  /** Bytes; 0 for none. */
  quota: z.int(),
  id: encoded,
  description: z.optional(encoded),
  labels: z.optional(encoded),
  shared: z.boolean(),
});
export type VolumeTraits = z.infer<typeof VolumeTraits>;

/** What is told of snapshots once all of them are there: what a stream does not carry. */
export const Finish = z.object({
  epoch: z.int(),
  /** Which bench of that name it is. */
  lineage: z.optional(z.string().check(z.regex(/^[0-9a-f]{16}$/))),
  /** The snapshot that is the newest now. */
  tag: z.string().check(z.refine((text) => tagProblem(text) === undefined, 'no tag')),
  members: z.array(
    z.string().check(z.refine((text) => text === ROOT || volumeName(text) === undefined, 'no member')),
  ),
  /** Volume → what it is, for whoever takes it up. */
  volumes: z.record(z.string(), VolumeTraits),
  /** Tag → its marks, percent-encoded as they are. */
  marks: z.record(
    z.string(),
    z.object({
      quiesce: z.string().check(z.regex(/^[a-z-]{1,40}$/)),
      note: z.optional(encoded),
      scheduled: z.boolean(),
      replicated: z.boolean(),
    }),
  ),
});
export type Finish = z.infer<typeof Finish>;
