/** What schemas are made of, and how they are held against the types of the commands. */
import * as z from 'zod';

type Command = abstract new (...args: never[]) => { run(): Promise<unknown> };
type Printed<C extends Command> = Awaited<ReturnType<InstanceType<C>['run']>>;
/** What is left of a type in JSON: nothing is readonly there, and a tuple is a list. */
type Plain<T> = T extends readonly (infer E)[]
  ? Plain<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Plain<T[K]> }
    : T;

/** Takes only a schema that allows what `T` allows, no more (the bound) and no less (the condition). */
export function schemaOf<T>() {
  return <S extends z.ZodType<Plain<T>>>(schema: S & (Plain<T> extends z.output<S> ? S : never)): S => schema;
}

export const printedBy = <C extends Command>() => schemaOf<Printed<C>>();

export const bytes = z.int().nonnegative().meta({ description: 'bytes' });
export const milliseconds = z.int().nonnegative().meta({ description: 'milliseconds' });
export const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ description: 'ISO 8601, UTC' });
export const tag = z.string().min(1).meta({ description: 'the name of a snapshot after the @' });
export const text = z.string();
export const path = z.string().regex(/^\//);
export const object = z.strictObject;

/** What a snapshot that was taken is told as. */
export const snapshotTaken = {
  tag,
  name: text,
  createdAt: time,
  quiesce: z.enum(['backup-stage', 'read-lock', 'stopped', 'crash-consistent', 'none']),
  lockWaitMs: milliseconds,
  lockHeldMs: milliseconds,
  volumes: z
    .array(text)
    .meta({
      description: 'volumes whose snapshots were taken at the same moment; only where there are any',
    })
    .optional(),
};

export const plan = {
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

export const benchState = z.enum([
  'unreadable',
  'not-set-up',
  'pool-suspended',
  'dataset-missing',
  'not-mounted',
  'running',
  'starting',
  'stopped',
  'failed',
]);
