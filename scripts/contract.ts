/**
 * The contract of `--json`: what each command prints, and any failure. The types of the commands are the truth: `tsc`
 * fails here where a schema says something else than its command returns. zod is only used to write `schemas/`.
 */
import * as z from 'zod';
import type CloneExtend from '../src/commands/clone/extend.js';
import type ClonePromote from '../src/commands/clone/promote.js';
import type CloneProtect from '../src/commands/clone/protect.js';
import type CloneRelease from '../src/commands/clone/release.js';
import type CloneReset from '../src/commands/clone/reset.js';
import type CloneSweep from '../src/commands/clone/sweep.js';
import type CloneUnprotect from '../src/commands/clone/unprotect.js';
import type Clone from '../src/commands/clone.js';
import type ConfigCheck from '../src/commands/config/check.js';
import type ConfigGet from '../src/commands/config/get.js';
import type ConfigSet from '../src/commands/config/set.js';
import type Init from '../src/commands/init.js';
import type List from '../src/commands/list.js';
import type New from '../src/commands/new.js';
import type Sudoers from '../src/commands/sudoers.js';
import type TemplateCreate from '../src/commands/template/create.js';
import type TemplateDelete from '../src/commands/template/delete.js';
import type TemplateListCommand from '../src/commands/template/list.js';
import type TemplatePromote from '../src/commands/template/promote.js';
import type VolumeDestroySnapshot from '../src/commands/volume/destroy-snapshot.js';
import type VolumeDiscover from '../src/commands/volume/discover.js';
import type VolumeListSnapshots from '../src/commands/volume/list-snapshots.js';
import type VolumeRestoreSnapshot from '../src/commands/volume/restore-snapshot.js';
import type VolumeSet from '../src/commands/volume/set.js';
import type VolumeSnapshot from '../src/commands/volume/snapshot.js';
import type VolumeStatus from '../src/commands/volume/status.js';
import type VolumeUndoRestore from '../src/commands/volume/undo-restore.js';
import type { FailureJson } from '../src/output/failure.js';

type Command = abstract new (...args: never[]) => { run(): Promise<unknown> };
type Printed<C extends Command> = Awaited<ReturnType<InstanceType<C>['run']>>;
/** What is left of a type in JSON: nothing is readonly there, and a tuple is a list. */
type Plain<T> = T extends readonly (infer E)[]
  ? Plain<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Plain<T[K]> }
    : T;

/** Takes only a schema that allows what `T` allows, no more (the bound) and no less (the condition). */
function schemaOf<T>() {
  return <S extends z.ZodType<Plain<T>>>(schema: S & (Plain<T> extends z.output<S> ? S : never)): S => schema;
}

const printedBy = <C extends Command>() => schemaOf<Printed<C>>();

const bytes = z.int().nonnegative().meta({ description: 'bytes' });
const milliseconds = z.int().nonnegative().meta({ description: 'milliseconds' });
const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ description: 'ISO 8601, UTC' });
const tag = z.string().min(1).meta({ description: 'the name of a snapshot after the @' });
const text = z.string();
const path = z.string().regex(/^\//);
const object = z.strictObject;

const plan = {
  bench: text,
  complete: z.boolean().meta({ description: 'false: more steps can only be seen once these are done' }),
  notes: z.array(text),
  steps: z.array(
    object({
      kind: text,
      title: text,
      commands: z
        .array(z.array(text).min(1))
        .meta({ description: 'argument lists; none where bench acts itself' }),
    }),
  ),
};
const tomlValue = z.union([text, z.number(), z.boolean(), z.array(text)]);

const clone = object({
  source: text.meta({ description: 'the bench that it is a copy of' }),
  tag,
  template: text.nullable().meta({ description: 'the template that it was made from' }),
  state: z.enum(['unprepared', 'held', 'prepared', 'ready']),
  independent: z.boolean().meta({ description: 'promoted: it shares no blocks with its source any more' }),
  expiresAt: time.nullable(),
  protected: z.boolean(),
});
const clones = z.array(text).meta({ description: 'benches by name, a template as "template NAME"' });

const cloned = {
  changed: z.boolean(),
  source: text,
  template: text.nullable(),
  tag,
  dataset: text,
  directory: path,
  instance: text,
  port: z.int().min(1).max(65535),
  socket: path,
};

const lifetime = object({ bench: text, changed: z.boolean(), clone: clone.nullable() });
const promotion = {
  dataset: text,
  origins: z.array(text).min(1).meta({ description: 'the datasets that depend on it now' }),
  tags: z.array(tag).min(1).meta({ description: 'snapshots that went over' }),
  steps: plan.steps,
};
const promoted = z.union([
  object({ ...promotion, dryRun: z.literal(true) }),
  object({ ...promotion, changed: z.literal(true) }),
]);
const template = object({
  name: text,
  dataset: text,
  whole: z.boolean().meta({ description: 'false: it was cut off while it was made' }),
  source: text,
  tag: text,
  createdAt: time,
  usedBytes: bytes,
  referencedBytes: bytes,
  independent: z.boolean(),
  clones: z.array(text),
});

/** By the command's id, which is its path below src/commands. */
export const contract = {
  init: printedBy<typeof Init>()(
    z.union([
      object({ ...plan, changed: z.boolean() }),
      object({ ...plan, dryRun: z.literal(true) }),
      object({
        bench: text,
        changed: z.literal(false),
        skipped: z.literal('not-linux'),
        steps: z.array(z.never()).max(0),
      }),
    ]),
  ),
  clone: printedBy<typeof Clone>()(
    z.union([object({ ...plan, ...cloned }), object({ ...plan, dryRun: z.literal(true) })]),
  ),
  list: printedBy<typeof List>()(
    object({
      benches: z.array(
        object({
          name: text,
          directory: path,
          pool: text.nullable(),
          dataset: text.nullable(),
          usedBytes: bytes.nullable(),
          quotaBytes: bytes.nullable(),
          instance: text.nullable(),
          unit: text.nullable(),
          port: z.int().nullable(),
          clone: clone.nullable(),
          clones,
          state: z.enum([
            'unreadable',
            'not-set-up',
            'pool-suspended',
            'dataset-missing',
            'not-mounted',
            'running',
            'starting',
            'stopped',
            'failed',
          ]),
        }),
      ),
    }),
  ),
  new: printedBy<typeof New>()(
    object({ name: text, directory: path, file: path, port: z.int().min(1).max(65535) }),
  ),
  sudoers: printedBy<typeof Sudoers>()(
    object({ bench: text, operators: z.array(text).min(1), fragment: text }),
  ),
  'clone:extend': printedBy<typeof CloneExtend>()(lifetime),
  'clone:promote': printedBy<typeof ClonePromote>()(promoted),
  'clone:protect': printedBy<typeof CloneProtect>()(lifetime),
  'clone:release': printedBy<typeof CloneRelease>()(
    object({ bench: text, changed: z.boolean(), steps: plan.steps }),
  ),
  'clone:reset': printedBy<typeof CloneReset>()(
    object({
      bench: text,
      destroyed: z.array(tag),
      lostBytes: bytes,
      notes: z.array(text),
      durationMs: milliseconds,
    }),
  ),
  'clone:sweep': printedBy<typeof CloneSweep>()(
    object({ dropped: z.array(text), kept: z.array(object({ bench: text, reason: text })) }),
  ),
  'clone:unprotect': printedBy<typeof CloneUnprotect>()(lifetime),
  'config:check': printedBy<typeof ConfigCheck>()(object({ file: path, valid: z.literal(true) })),
  'config:get': printedBy<typeof ConfigGet>()(
    object({ file: path, values: z.record(text, tomlValue.nullable()) }),
  ),
  'config:set': printedBy<typeof ConfigSet>()(
    object({ file: path, key: text, value: tomlValue, changed: z.boolean() }),
  ),
  'template:create': printedBy<typeof TemplateCreate>()(object({ template })),
  'template:delete': printedBy<typeof TemplateDelete>()(object({ template: text, dataset: text })),
  'template:list': printedBy<typeof TemplateListCommand>()(object({ templates: z.array(template) })),
  'template:promote': printedBy<typeof TemplatePromote>()(promoted),
  'volume:destroy-snapshot': printedBy<typeof VolumeDestroySnapshot>()(
    object({ dataset: text, destroyed: z.array(tag).min(1), freedBytes: bytes }),
  ),
  'volume:discover': printedBy<typeof VolumeDiscover>()(
    object({
      disks: z.array(
        object({
          path,
          stablePath: path.nullable(),
          sizeBytes: bytes,
          qualifies: z.boolean(),
          reasons: z.array(z.string().regex(/^[a-z-]+: ./)).meta({ description: 'code: sentence' }),
        }),
      ),
      chosen: path.nullable(),
    }),
  ),
  'volume:list-snapshots': printedBy<typeof VolumeListSnapshots>()(
    object({
      dataset: text,
      snapshots: z.array(
        object({
          tag,
          name: text,
          createdAt: time,
          usedBytes: bytes,
          referencedBytes: bytes,
          quiesce: text.nullable(),
          note: text.nullable(),
          holds: z.array(text),
          clones: z.array(text),
        }),
      ),
    }),
  ),
  'volume:restore-snapshot': printedBy<typeof VolumeRestoreSnapshot>()(
    object({
      dataset: text,
      tag,
      destroyed: z.array(tag),
      lostBytes: bytes,
      kept: text
        .nullable()
        .meta({ description: 'the dataset in which everything is kept; null for a rollback' }),
      notes: z.array(text),
      durationMs: milliseconds,
    }),
  ),
  'volume:set': printedBy<typeof VolumeSet>()(
    object({
      dataset: text,
      quotaBytes: bytes,
      reservationBytes: bytes,
      usedBytes: bytes,
      changed: z.boolean(),
      notes: z.array(text),
    }),
  ),
  'volume:snapshot': printedBy<typeof VolumeSnapshot>()(
    object({
      tag,
      name: text,
      createdAt: time,
      quiesce: z.enum(['backup-stage', 'read-lock', 'stopped', 'crash-consistent']),
      lockWaitMs: milliseconds,
      lockHeldMs: milliseconds,
    }),
  ),
  'volume:status': printedBy<typeof VolumeStatus>()(
    object({
      pool: object({
        name: text,
        health: text,
        sizeBytes: bytes,
        allocatedBytes: bytes,
        freeBytes: bytes,
        backing: object({ kind: z.enum(['device', 'image', 'auto']), path: path.nullable() }),
      }),
      dataset: object({
        name: text,
        mountpoint: text,
        mounted: z.boolean(),
        usedBytes: bytes,
        availableBytes: bytes,
        quotaBytes: bytes,
        reservationBytes: bytes,
      }),
      binds: z.array(object({ source: path, target: path, mounted: z.boolean(), inFstab: z.boolean() })),
      mariadb: object({
        instance: text,
        unit: text,
        active: z.boolean(),
        version: text.nullable(),
        socket: path,
      }),
      snapshots: object({
        count: z.int().nonnegative(),
        latest: object({ tag, createdAt: time }).nullable(),
      }),
      clone: clone.nullable(),
      clones,
      problems: z.array(object({ code: text, message: text, fix: text })),
    }),
  ),
  'volume:undo-restore': printedBy<typeof VolumeUndoRestore>()(
    object({
      dataset: text,
      keptAt: time.nullable(),
      discarded: z.boolean(),
      notes: z.array(text),
      durationMs: milliseconds,
    }),
  ),
};

/** What `--json` prints for any failure of any command. */
export const failure = schemaOf<FailureJson>()(
  object({
    error: object({
      code: z.string().regex(/^[a-z][a-z0-9-]*$/),
      message: z.string().min(1),
      command: z
        .array(text)
        .min(1)
        .nullable()
        .meta({ description: 'the argument list of the process that failed' }),
      stderr: text.nullable(),
      suggestions: z.array(text),
    }),
  }),
);
