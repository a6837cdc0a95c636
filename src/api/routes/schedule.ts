import { previewPrune, readSchedules } from '../../schedule/schedule.js';
import { type App, change, type Deps, printed, read } from '../define.js';
import { scheduleChanges } from '../schedule-changes.js';
import { confirm, lineOf } from '../schemas.js';
import { z } from '../web.js';
import { ofBench } from './benches.js';

const count = z.int().min(0).max(100_000);

export const ScheduleWish = z
  .strictObject({
    snapshot: lineOf(200).min(1).nullable().meta({
      description: 'a calendar of systemd, or five cron fields; null: no schedule',
      example: 'hourly',
    }),
    keep: z
      .strictObject({
        last: count.optional(),
        hourly: count.optional(),
        daily: count.optional(),
        weekly: count.optional(),
        monthly: count.optional(),
        yearly: count.optional(),
      })
      .optional(),
    keepDays: z.int().min(1).max(100_000).optional(),
    prune: z.boolean().optional(),
  })
  .refine(
    ({ keep, keepDays }) => keep === undefined || keepDays === undefined,
    'keep and keepDays exclude each other',
  );

export function scheduleRoutes(app: App, deps: Deps): void {
  const { readings, runner } = deps;
  read(app, {
    path: '/v1/schedules',
    summary: 'When snapshots take themselves: last run, how it went, and the next',
    scope: 'read',
    answers: printed('schedule:status'),
    look: ({ seen }) => seen.get('schedules', () => readSchedules(undefined, runner)),
  });
  read(app, {
    path: '/v1/benches/{bench}/schedule',
    summary: 'The schedule of one bench; none where it has none',
    scope: 'read',
    params: ofBench,
    answers: printed('schedule:status'),
    identity: wishOf,
    look: async ({ params }) => readSchedules(await deps.openBench(params.bench), runner),
  });
  change(app, deps, {
    method: 'put',
    path: '/v1/benches/{bench}/schedule',
    summary: 'Change [schedule] of bench.toml, and its timer with it',
    scope: 'admin',
    params: ofBench,
    body: ScheduleWish,
    current: async ({ params }) => wishOf(await readSchedules(await deps.openBench(params.bench), runner)),
    plan: async ({ params: { bench }, body }) => {
      const config = await deps.openBench(bench);
      return {
        title: `Change the schedule of ${bench}`,
        command: 'init',
        argv: ['init', '-b', bench, '--yes'],
        bench,
        prepare: async () => {
          const { editConfig } = await import('../../config/edit.js');
          await editConfig(config.file, scheduleChanges(config, body));
          readings.changed();
        },
      };
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/schedule/run',
    summary: 'Take a scheduled snapshot now, and prune what no rule keeps any more',
    scope: 'operate',
    params: ofBench,
    plan: async ({ params: { bench } }) => {
      await deps.openBench(bench);
      return {
        title: `Run the schedule of ${bench}`,
        command: 'schedule:run',
        argv: ['schedule', 'run', '-b', bench],
        bench,
      };
    },
  });
  read(app, {
    path: '/v1/benches/{bench}/prune',
    summary: 'Each snapshot with the rule that keeps it, and what pruning would destroy',
    scope: 'read',
    params: ofBench,
    answers: printed('volume:prune'),
    look: async ({ params }) => previewPrune(await deps.openBench(params.bench), runner),
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/prune',
    summary: 'Destroy the scheduled snapshots that no rule keeps',
    scope: 'admin',
    params: ofBench,
    body: z.strictObject({ confirm }),
    repeats: ({ params }) => params.bench,
    plan: async ({ params: { bench } }) => {
      await deps.openBench(bench);
      return {
        title: `Prune the snapshots of ${bench}`,
        command: 'volume:prune',
        argv: ['volume', 'prune', '-b', bench, '--yes'],
        bench,
      };
    },
  });
}

/** What of a schedule somebody has wished, and not how it goes. */
function wishOf(list: unknown) {
  const [schedule] = (list as Awaited<ReturnType<typeof readSchedules>>).schedules;
  return schedule === undefined
    ? null
    : { snapshot: schedule.snapshot, keep: schedule.keep, prune: schedule.prune };
}
