import * as z from 'zod/mini';
import { absolutePath, type Validator } from '../names.js';
import { sizeProblem, volumeSizeProblem } from './size.js';

/** Other tools write `socket_path = ""` for "not set", so that is what an empty text means in [mariadb]. */
export const emptyOr =
  (validator: Validator): Validator =>
  (value) =>
    value === '' ? undefined : validator(value);

/** A Unix socket's address holds 107 bytes and a NUL. */
export const socketPath: Validator = (value) =>
  absolutePath(value) ?? (Buffer.byteLength(value) > 107 ? 'must be at most 107 bytes long' : undefined);

export const oneStatement: Validator = (value) =>
  value.trim() === '' ? 'must be a statement of SQL' : undefined;

const sizeBy = (problem: (value: unknown) => string | undefined) =>
  z.optional(
    z.unknown().check(
      z.check((context) => {
        const message = problem(context.value);
        if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
      }),
    ),
  );
export const size = () => sizeBy(sizeProblem);
export const volumeSize = () => sizeBy(volumeSizeProblem);

const LARGEST_COUNT = 10_000;
const COUNT = `must be a whole number from 0 to ${LARGEST_COUNT}`;

/** How many snapshots a rule keeps. */
export const count = () =>
  z.optional(
    z
      .number(COUNT)
      .check(z.refine((value) => Number.isInteger(value) && value >= 0 && value <= LARGEST_COUNT, COUNT)),
  );

/** What a key is for, from which `npm run docs` writes the table of docs/config.md. */
export const means = <Schema extends z.ZodMiniType>(description: string, schema: Schema): Schema => {
  z.globalRegistry.add(schema, { description });
  return schema;
};

export const table = <Shape extends Record<string, z.ZodMiniType>>(shape: Shape) =>
  z.strictObject(shape, 'must be a table');

/** A text that a validator of names.ts judges. */
export function text(validator: Validator) {
  return z
    .string({
      error: ({ input }) =>
        input === undefined ? 'is missing' : `must be a text in quotes and ${validator('-') ?? ''}`,
    })
    .check(
      z.check((context) => {
        const message = validator(context.value);
        if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
      }),
    );
}

/** Keys of other tools. */
export function ignored<Key extends string>(keys: readonly Key[]) {
  const shape = Object.fromEntries(keys.map((key) => [key, z.optional(z.unknown())]));
  return shape as Record<Key, z.ZodMiniOptional<z.ZodMiniUnknown>>;
}
