/** The part of the contract that is about snapshots which take themselves. */
import * as z from 'zod';
import type ScheduleRun from '../../src/commands/schedule/run.js';
import type ScheduleStatus from '../../src/commands/schedule/status.js';
import type VolumePin from '../../src/commands/volume/pin.js';
import type VolumePrune from '../../src/commands/volume/prune.js';
import type VolumeUnpin from '../../src/commands/volume/unpin.js';
import { bytes, object, printedBy, snapshotTaken, tag, text, time } from './parts.js';

const count = z.int().nonnegative();
const keepRules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
const pin = { dataset: text, tag, pinned: z.boolean(), changed: z.boolean() };
const pruned = {
  pruned: z.array(tag),
  freedBytes: bytes,
  fromTheFuture: z.array(tag).meta({ description: 'while there are any, nothing is pruned' }),
};

export const schedule = object({
  bench: text,
  snapshot: text.nullable(),
  calendars: z.array(text).meta({ description: 'systemd.time(7)' }),
  keep: z
    .union([
      object({
        last: count,
        hourly: count,
        daily: count,
        weekly: count,
        monthly: count,
        yearly: count,
      }),
      object({ days: count }),
    ])
    .nullable(),
  prune: z.boolean(),
  timer: text,
  active: z.boolean(),
  enabled: z.boolean(),
  nextAt: time.nullable(),
  last: object({
    startedAt: time,
    endedAt: time.nullable(),
    outcome: z.enum(['running', 'done', 'failed', 'killed']),
    snapshot: tag.nullable(),
    pruned: count.nullable(),
    error: object({ code: text, message: text }).nullable(),
  }).nullable(),
});
const job = object({
  bench: text,
  job: text,
  when: text.nullable(),
  calendars: z.array(text).meta({ description: 'systemd.time(7)' }),
  timer: text,
  active: z.boolean(),
  enabled: z.boolean(),
  nextAt: time.nullable(),
  result: text.nullable().meta({ description: 'of the last run since the host has booted' }),
});
export const forecast = object({
  at: time,
  state: z.enum(['unknown', 'not-growing', 'growing']),
  basis: z.enum(['samples', 'snapshots']).nullable(),
  growthBytesPerDay: z.int().nullable(),
  poolGrowthBytesPerDay: z.int().nullable(),
  quotaFullAt: time.nullable(),
  reservationFullAt: time.nullable(),
  poolFullAt: time.nullable(),
  fullAt: time.nullable(),
});

/** By the command's id. */
export const schedules = {
  'schedule:run': printedBy<typeof ScheduleRun>()(
    object({ bench: text, snapshot: object(snapshotTaken), prune: object(pruned).nullable() }),
  ),
  'schedule:status': printedBy<typeof ScheduleStatus>()(
    object({ schedules: z.array(schedule), jobs: z.array(job) }),
  ),
  'volume:pin': printedBy<typeof VolumePin>()(object(pin)),
  'volume:prune': printedBy<typeof VolumePrune>()(
    object({
      dataset: text,
      dryRun: z.boolean(),
      snapshots: z.array(
        object({
          tag,
          createdAt: time,
          keptBy: z
            .array(
              z.enum([
                ...keepRules,
                'younger',
                'newest',
                'not-scheduled',
                'pinned',
                'held',
                'cloned',
                'needed',
                'proven',
                'clock',
              ]),
            )
            .meta({ description: 'none: it is pruned' }),
        }),
      ),
      ...pruned,
      volumes: z
        .array(object({ dataset: text, tags: z.array(tag) }))
        .meta({ description: 'snapshots of volumes, taken at the same moments, which go with them' }),
    }),
  ),
  'volume:unpin': printedBy<typeof VolumeUnpin>()(object(pin)),
};
