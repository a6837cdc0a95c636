import * as names from '../names.js';
import { z } from './web.js';

/** A text that a validator of ours takes: what may reach a command line, a unit or a path. */
export function valid(validator: names.Validator, description: string, example: string) {
  return z
    .string()
    .max(4096)
    .superRefine((value, context) => {
      const wrong = value.startsWith('-') ? 'must not begin with "-"' : validator(value);
      if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
    })
    .meta({ description: `${description}: ${validator('-') ?? ''}`, example });
}

export const benchName = valid(names.benchName, 'name of a bench', 'shop');
export const volumeName = valid(names.volumeName, 'name of a data volume', 'uploads');
export const tag = valid(names.tag, 'name of a snapshot after the @', '20250528-140000');
export const machineName = valid(names.machineName, 'name of a machine', 'web1');
export const driveName = valid(names.driveName, 'drive of a machine', 'vdb');
export const volumePath = valid(
  names.volumePath,
  'where a bench sees a volume, below its directory',
  'sites/uploads',
);

/** A name, an id, or `POOL/NAME` where pools have the same. */
export const volumeId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}(\/[A-Za-z][A-Za-z0-9_-]{0,62})?$/)
  .meta({
    description: 'name or id of a volume; POOL/NAME (with %2F) where pools have the same',
    example: 'uploads',
  });

/** What MariaDB calls a database or a table; an argument list holds it, so it must not look like a flag. */
export const identifier = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}/\\.-][^\p{Cc}/\\.]*$/u)
  .meta({ example: 'app' });

/** Any text of one line; never the beginning of a flag. */
export const lineOf = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^(?!-)[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line, and not begin with "-"');

export const bytes = z.int().positive().meta({ description: 'bytes', example: 85899345920 });
export const port = z.int().min(1).max(65535);

/** What destroys has its name repeated: a slip is not enough. */
export const confirm = z.string().min(1).max(200).meta({
  description: 'the name of what is changed or lost, once more',
});

const text = z.string();
const time = z.string().meta({ description: 'ISO 8601, UTC' });
const count = z.int().nonnegative();
const object = z.strictObject;

export const Problem = object({
  type: text.meta({ description: 'urn:bench:error:<code>' }),
  title: text,
  status: z.int().min(400).max(599),
  detail: text,
  code: z.string().regex(/^[a-z][a-z0-9-]*$/),
  command: z.array(text).nullable().meta({ description: 'the argument list of the process that failed' }),
  stderr: text.nullable(),
  suggestions: z.array(text),
}).openapi('Problem', { description: 'A failure (RFC 9457)' });

const Failure = object({
  code: text,
  message: text,
  command: z.array(text).nullable(),
  stderr: text.nullable(),
  suggestions: z.array(text),
});

export const Operation = object({
  id: text,
  title: text,
  command: text.meta({ description: 'whose --json the result is, such as volume:snapshot' }),
  argv: z.array(text),
  bench: text.nullable(),
  volume: text.nullable(),
  who: text,
  state: z.enum(['running', 'done', 'failed', 'lost']).meta({
    description: 'lost: it was killed, and has said nothing at its end',
  }),
  startedAt: time,
  endedAt: time.nullable(),
  result: z.record(text, z.unknown()).nullable().meta({ description: 'what the command prints with --json' }),
  error: Failure.nullable(),
}).openapi('Operation', { description: 'Something that was begun' });

export const OperationList = object({ operations: z.array(Operation) });

export const Session = object({
  who: text,
  scope: z.enum(['read', 'operate', 'admin']),
  csrf: text.nullable().meta({ description: 'to be sent as X-CSRF-Token with each change of a session' }),
  host: text,
  version: text,
});

const KeptCopy = object({ dataset: text, keptAt: time, usedBytes: count, snapshots: z.array(text) });
const VolumePreview = object({
  name: text,
  action: z.enum(['restored', 'left']),
  reason: text.nullable(),
  destroys: z.array(text),
  lostBytes: count,
});

export const RestorePreview = object({
  dataset: text,
  tag: text,
  createdAt: time,
  destroys: z.array(text),
  lostBytes: count,
  finishes: z.boolean(),
  takesOver: object({ mode: text, tag: text }).nullable(),
  keeps: z.boolean(),
  replaces: KeptCopy.nullable(),
  volumes: z.array(VolumePreview),
  releases: z.array(object({ snapshot: text, hold: text })).meta({
    description: 'holds of bench, for copies elsewhere, that end with the newer snapshots',
  }),
});

export const UndoPreview = object({
  dataset: text,
  kept: KeptCopy.nullable(),
  givesUp: text.nullable(),
  drops: KeptCopy.nullable(),
  volumes: z.array(VolumePreview),
});

export const Settings = object({
  bench: text,
  usedBytes: count,
  quotaBytes: count,
  reservationBytes: count,
  poolSizeBytes: count,
  poolFreeBytes: count,
});

export const Space = object({
  bench: text,
  at: time,
  quotaBytes: count,
  reservationBytes: count,
  usedBytes: count,
  snapshotBytes: count.meta({ description: 'what only snapshots hold' }),
  availableBytes: count,
  samples: z.array(object({ at: time, usedBytes: count, poolAllocatedBytes: count })),
  snapshots: z.array(object({ at: time, referencedBytes: count })).meta({
    description: 'how large the live data were; at most the newest 400',
  }),
  forecast: z.unknown().meta({ description: 'as in the status of the bench' }),
});

const Place = object({
  kind: z.enum(['pool', 'import', 'device', 'image']),
  path: text.nullable(),
  sizeBytes: count.nullable(),
  title: text,
  imageBytes: count.nullable(),
  quotaBytes: count.nullable(),
  reservationBytes: count.nullable(),
  notes: z.array(text),
  problem: text.nullable().meta({ description: 'why it cannot be taken' }),
});

export const Offer = object({ port, benches: z.array(text), places: z.array(Place) });

const attachmentOfBench = { bench: text, path: text, mode: z.enum(['rw', 'ro', 'overlay']), since: text };
const attachmentOfMachine = { machine: text, drive: text, mode: z.enum(['rw', 'ro']), since: text };
const attachmentId = text.meta({ description: 'bench:NAME or machine:NAME' });
export const Attachments = object({
  attachments: z.array(
    z.union([
      object({ id: attachmentId, ...attachmentOfBench, overlayBytes: count.optional() }),
      object({ id: attachmentId, ...attachmentOfMachine }),
    ]),
  ),
});

export const Key = object({
  bench: text,
  encrypted: z.boolean(),
  loaded: z.boolean().nullable(),
  source: text.nullable().meta({ description: 'as bench.toml says it' }),
  key: text.nullable().meta({ description: 'which key opens it, by its fingerprint' }),
  escrow: object({ at: time, to: z.array(text), current: z.boolean() })
    .nullable()
    .meta({ description: 'the copy of it that was put away' }),
  rotating: z.boolean().meta({ description: 'a rotation was cut off' }),
}).openapi('Key', { description: 'The key of a bench' });

export const FleetOfHost = object({ host: text, labels: z.record(text, text) });
export const Problems = object({ problems: z.array(object({ code: text, message: text, fix: text })) });

export const Confirmed = object({ confirm });
