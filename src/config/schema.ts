import * as z from 'zod/mini';
import { durationProblem } from './duration.js';
import {
  absolutePath,
  benchName,
  datasetComponent,
  instanceName,
  poolName,
  systemdUnit,
  type Validator,
} from './names.js';
import { sizeProblem } from './size.js';

/** Keys of other tools in the tables we share with them: accepted, never judged, never used. */
export const OTHER_TOOLS = {
  bench: [
    'python',
    'db_type',
    'frappe_version',
    'default_branch',
    'http_port',
    'socketio_port',
    'socketio_backend',
    'developer_mode',
    'allow_developer_mode',
    'watch_apps_js',
    'watch_admin_js',
    'reload_python',
  ],
  mariadb: ['host', 'root_password', 'admin_user', 'version', 'existing'],
} as const;

/** Other tools write `socket_path = ""` for "not set", so that is what an empty text means in [mariadb]. */
const emptyOr =
  (validator: Validator): Validator =>
  (value) =>
    value === '' ? undefined : validator(value);

/** A Unix socket's address holds 107 bytes and a NUL. */
const socketPath: Validator = (value) =>
  absolutePath(value) ?? (Buffer.byteLength(value) > 107 ? 'must be at most 107 bytes long' : undefined);

const size = z.optional(
  z.unknown().check(
    z.check((context) => {
      const message = sizeProblem(context.value);
      if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
    }),
  ),
);

const table = <Shape extends Record<string, z.ZodMiniType>>(shape: Shape) =>
  z.strictObject(shape, 'must be a table');

export const BenchToml = z.object({
  bench: z.strictObject(
    { name: text(benchName), ...ignored(OTHER_TOOLS.bench) },
    {
      error: ({ code, input }) => {
        if (code === 'unrecognized_keys') return undefined;
        return input === undefined
          ? 'is missing: there must be a table [bench] with the name'
          : 'must be a table';
      },
    },
  ),
  mariadb: z.optional(
    table({
      instance: z.optional(text(emptyOr(instanceName))),
      port: z.optional(
        z
          .number('must be a whole number from 1 to 65535')
          .check(
            z.refine(
              (port) => Number.isInteger(port) && port >= 1 && port <= 65535,
              'must be a whole number from 1 to 65535',
            ),
          ),
      ),
      data_dir: z.optional(text(emptyOr(absolutePath))),
      socket_path: z.optional(text(emptyOr(socketPath))),
      ...ignored(OTHER_TOOLS.mariadb),
    }),
  ),
  volume: z.optional(
    table({
      enabled: z.optional(z.boolean('must be true, or be left out')),
      pool: z.optional(text(poolName)),
      name: z.optional(text(datasetComponent)),
      backing: z.optional(z.enum(['auto', 'device', 'image'], 'must be "auto", "device" or "image"')),
      device: z.optional(text(absolutePath)),
      image: z.optional(table({ size, path: z.optional(text(absolutePath)) })),
      dataset: z.optional(table({ reservation: size, quota: size })),
    }),
  ),
  snapshot: z.optional(
    table({
      lock: z.optional(
        z.enum(['auto', 'backup-stage', 'read-lock'], 'must be "auto", "backup-stage" or "read-lock"'),
      ),
      lock_timeout: z.optional(text(durationProblem)),
    }),
  ),
  maintenance: z.optional(
    table({
      units: z.optional(
        z.array(text(systemdUnit), 'must be a list of systemd units, such as ["web.service"]'),
      ),
    }),
  ),
});

/** bench.toml as it is written, checked key by key. */
export type BenchToml = z.infer<typeof BenchToml>;

/** Keys of our own by table (dotted), as they are suggested. */
export const OWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  bench: ['name'],
  mariadb: ['instance', 'port', 'data_dir', 'socket_path'],
  volume: ['pool', 'backing', 'device', 'name', 'image', 'dataset'],
  'volume.image': ['size', 'path'],
  'volume.dataset': ['reservation', 'quota'],
  snapshot: ['lock', 'lock_timeout'],
  maintenance: ['units'],
};

function text(validator: Validator) {
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

function ignored<Key extends string>(keys: readonly Key[]) {
  const shape = Object.fromEntries(keys.map((key) => [key, z.optional(z.unknown())]));
  return shape as Record<Key, z.ZodMiniOptional<z.ZodMiniUnknown>>;
}
