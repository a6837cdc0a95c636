/** The contract of `--json` of copies on another host. */
import * as z from 'zod';
import type Move from '../../src/commands/move.js';
import type Promote from '../../src/commands/promote.js';
import type ReplicateAccept from '../../src/commands/replicate/accept.js';
import type ReplicateGuard from '../../src/commands/replicate/guard.js';
import type ReplicateReclaim from '../../src/commands/replicate/reclaim.js';
import type ReplicateReverse from '../../src/commands/replicate/reverse.js';
import type ReplicateRun from '../../src/commands/replicate/run.js';
import type ReplicateServe from '../../src/commands/replicate/serve.js';
import type ReplicateSetup from '../../src/commands/replicate/setup.js';
import type ReplicateStatus from '../../src/commands/replicate/status.js';
import { bytes, milliseconds, object, plan, printedBy, tag, text, time } from './parts.js';

const epoch = z.int().positive();
const failed = object({ code: text, message: text });
const member = text.meta({ description: 'the name of a volume; "." is the root volume' });
const introduction = { name: text, key: text, hostKeys: z.array(text) };
const live = object({
  dataset: text,
  epoch,
  active: z.boolean(),
  superseded: z.boolean(),
  snapshots: z.record(text, z.array(object({ tag: text, guid: text }))),
});

const sourceState = object({
  host: text,
  state: z.enum(['live', 'stopped', 'gone', 'unreachable']),
  epoch: z.int().nonnegative(),
  because: text.nullable(),
});

export const moved = {
  bench: text,
  to: text,
  epoch,
  tag: tag.nullable(),
  downSeconds: z.int().nonnegative().nullable(),
};
export const promoted = {
  ...plan,
  dryRun: z.boolean(),
  from: text,
  tag: tag.nullable(),
  createdAt: time.nullable(),
  ageSeconds: z.int().nonnegative().nullable(),
  epoch,
  source: sourceState,
  fleet: object({
    state: z.enum(['none', 'silent', 'answered']),
    owner: text.nullable().meta({ description: 'the host that has the right to run it, by etcd' }),
    epoch: z.int().nonnegative().nullable(),
    because: text.nullable(),
  }),
};

/** By the command's id. */
export const copies = {
  'replicate:setup': printedBy<typeof ReplicateSetup>()(
    object({
      ...plan,
      dryRun: z.boolean(),
      to: text,
      as: text.meta({ description: 'how the other host calls this one' }),
      target: text,
      there: z.array(text).meta({ description: 'what is done on the other host, one sentence each' }),
      backProblem: text.nullable().meta({ description: 'why the other host cannot ask this one' }),
    }),
  ),
  'replicate:accept': printedBy<typeof ReplicateAccept>()(
    object({ ...introduction, dryRun: z.boolean(), target: text, steps: z.array(text) }),
  ),
  'replicate:serve': printedBy<typeof ReplicateServe>()(
    z.union([
      object({ done: z.literal(true) }),
      object({ problem: text.nullable() }),
      object({
        protocol: z.literal(1),
        time,
        live: live.nullable(),
        target: text,
        epoch: z.int().nonnegative().nullable(),
        another: object({ from: text, lineage: text.nullable() })
          .nullable()
          .meta({ description: 'who sends the copy, where that is not the asking host' }),
        members: z.array(
          object({
            member,
            dataset: text,
            writtenBytes: bytes,
            mounted: z.boolean(),
            encrypted: z.boolean(),
            lockedBy: z.nullable(z.string()),
            token: text.nullable(),
            snapshots: z.array(
              object({ tag: text, guid: text, createdAt: z.int(), quiesce: text.nullable() }),
            ),
          }),
        ),
      }),
    ]),
  ),
  'replicate:guard': printedBy<typeof ReplicateGuard>()(
    object({
      bench: text,
      peer: text,
      epoch: epoch.nullable(),
      epochThere: epoch.nullable(),
      fleet: z.enum(['none', 'silent', 'answered']),
      mayStart: z.boolean(),
      because: z.enum(['right', 'superseded', 'peer-higher', 'fleet-higher', 'yielded', 'unanswered']),
      unknown: text
        .nullable()
        .meta({ description: 'why it is not known what the other host, or the fleet, has' }),
    }),
  ),
  'replicate:reverse': printedBy<typeof ReplicateReverse>()(
    object({
      ...plan,
      dryRun: z.boolean(),
      by: text.meta({ description: 'the host that runs it' }),
      epoch,
      ahead: z.array(member).meta({ description: 'what this host has and the other one has not, set aside' }),
      anew: z
        .array(member)
        .meta({ description: 'of them what is encrypted: set aside whole, and sent anew' }),
    }),
  ),
  'replicate:reclaim': printedBy<typeof ReplicateReclaim>()(object({ bench: text, epoch })),
  move: printedBy<typeof Move>()(object(moved)),
  promote: printedBy<typeof Promote>()(object(promoted)),
  'replicate:run': printedBy<typeof ReplicateRun>()(
    object({
      bench: text,
      to: text,
      tag,
      createdAt: time,
      sent: z.array(object({ member, tag, full: z.boolean(), resumed: z.boolean() })),
      left: z.array(text).meta({ description: 'volumes that do not travel: private copies' }),
      durationMs: milliseconds,
    }),
  ),
  'replicate:status': printedBy<typeof ReplicateStatus>()(
    object({
      bench: text,
      to: text,
      target: text.nullable(),
      schedule: text.nullable(),
      nextAt: time.nullable(),
      last: object({
        startedAt: time,
        endedAt: time.nullable(),
        outcome: z.enum(['running', 'done', 'failed']),
        error: failed.nullable(),
      }).nullable(),
      copied: object({ tag, createdAt: time }).nullable(),
      lagSeconds: z.int().nonnegative().nullable(),
      lagBytes: bytes.nullable(),
      reachable: z.boolean().nullable(),
      unreachableBecause: text.nullable(),
      incomplete: z.boolean().meta({ description: 'a stream was cut off there, and will be gone on with' }),
      supersededBy: text.nullable(),
      epoch: epoch.nullable(),
    }),
  ),
};
