import * as z from 'zod/mini';
import {
  absolutePath,
  benchName,
  datasetComponent,
  instanceName,
  poolName,
  scriptPath,
  systemdUnit,
  volumeName,
  volumePath,
} from '../names.js';
import { calendarProblem } from './calendar.js';
import { ageProblem, durationProblem } from './duration.js';
import { offsite } from './schema-offsite.js';
import {
  count,
  emptyOr,
  ignored,
  means,
  oneStatement,
  size,
  socketPath,
  table,
  text,
  volumeSize,
} from './schema-parts.js';

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

const DIRECT_IO = "MariaDB reads and writes past ZFS's cache: [bytes](decisions/bytes.md); needs OpenZFS 2.3";

export const BenchToml = z.object({
  bench: z.strictObject(
    {
      name: means('the name of the bench: part of its paths, units and dataset', text(benchName)),
      ...ignored(OTHER_TOOLS.bench),
    },
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
      instance: means(
        'its MariaDB instance; the unit is `mariadb@<instance>`',
        z.optional(text(emptyOr(instanceName))),
      ),
      port: means(
        'TCP port on 127.0.0.1; every instance needs its own',
        z.optional(
          z
            .number('must be a whole number from 1 to 65535')
            .check(
              z.refine(
                (port) => Number.isInteger(port) && port >= 1 && port <= 65535,
                'must be a whole number from 1 to 65535',
              ),
            ),
        ),
      ),
      data_dir: means(
        'where the host sees the data: a bind mount of the dataset; default `/var/lib/mysql-<instance>`',
        z.optional(text(emptyOr(absolutePath))),
      ),
      socket_path: means(
        'socket of the instance; default `/run/mysqld/mysqld-<instance>.sock`',
        z.optional(text(emptyOr(socketPath))),
      ),
      ...ignored(OTHER_TOOLS.mariadb),
    }),
  ),
  volume: z.optional(
    table({
      enabled: z.optional(z.boolean('must be true, or be left out')),
      pool: means('the pool, made where it is missing; benches may share it', z.optional(text(poolName))),
      name: means(
        'the dataset in the pool, only to override the name of the bench',
        z.optional(text(datasetComponent)),
      ),
      backing: means(
        'what the pool lies on: a whole disk, a preallocated file, or what bench finds, which it then writes here',
        z.optional(z.enum(['auto', 'device', 'image'], 'must be "auto", "device" or "image"')),
      ),
      device: means(
        'the disk for `backing = "device"`; ignored where the pool exists already',
        z.optional(text(absolutePath)),
      ),
      image: z.optional(
        table({
          size: means('size of the file for `backing = "image"`, preallocated', size()),
          path: means('that file; default `/var/lib/bench-zfs/<pool>.img`', z.optional(text(absolutePath))),
        }),
      ),
      dataset: z.optional(
        table({
          reservation: means(
            'space guaranteed to this bench; at most the quota; computed with `auto`',
            size(),
          ),
          quota: means('what this bench can use at most, snapshots included; computed with `auto`', size()),
          direct_io: means(DIRECT_IO, z.optional(z.boolean('must be true or false'))),
        }),
      ),
    }),
  ),
  snapshot: z.optional(
    table({
      lock: means(
        'how MariaDB is held still for a snapshot: [quiesce](quiesce.md)',
        z.optional(
          z.enum(['auto', 'backup-stage', 'read-lock'], 'must be "auto", "backup-stage" or "read-lock"'),
        ),
      ),
      lock_timeout: means(
        'how long to wait for locks before giving up with exit 4',
        z.optional(text(durationProblem)),
      ),
    }),
  ),
  schedule: z.optional(
    table({
      snapshot: means(
        'when snapshots take themselves: [schedule](schedule.md); unset, none do',
        z.optional(text(calendarProblem)),
      ),
      keep: z.optional(
        table({
          last: means('how many of the newest to keep', count()),
          hourly: means('how many hours to keep the newest snapshot of', count()),
          daily: means('how many days to keep the newest snapshot of', count()),
          weekly: means('how many ISO weeks to keep the newest snapshot of', count()),
          monthly: means('how many months to keep the newest snapshot of', count()),
          yearly: means('how many years to keep the newest snapshot of', count()),
        }),
      ),
      keep_days: means('instead of `keep`: for how many days to keep every snapshot', count()),
      prune: means(
        'whether a run destroys what no rule keeps; default true where there is a rule',
        z.optional(z.boolean('must be true or false')),
      ),
    }),
  ),
  offsite,
  verify: z.optional(
    table({
      sql: z.optional(
        z.array(
          table({
            query: text(oneStatement),
            expect: z.union([z.string(), z.number(), z.boolean()], {
              error: ({ input }) =>
                input === undefined ? 'is missing' : 'must be a text in quotes, a number, true or false',
            }),
          }),
          'must be a list of tables, such as [{ query = "SELECT COUNT(*) > 0 FROM app.orders", expect = 1 }]',
        ),
      ),
      max_age: means(
        'how old the newest snapshot that `bench volume verify` has proven may be; else status tells',
        z.optional(text(ageProblem)),
      ),
      schedule: means(
        'when the newest snapshot is proven by itself, as `schedule.snapshot` says it; unset, never',
        z.optional(text(calendarProblem)),
      ),
    }),
  ),
  volumes: z.optional(
    z.array(
      table({
        name: means('the data volume', text(volumeName)),
        path: means('where the bench sees it, below its directory', text(volumePath)),
        mode: means(
          'to be written by this bench alone, to be read by several, or a private writable copy of it',
          z.optional(z.enum(['rw', 'ro', 'overlay'], 'must be "rw", "ro" or "overlay"')),
        ),
        size: means('`bench init` makes the volume with this size where there is none', volumeSize()),
        overlay_size: means('with `mode = "overlay"`: what the bench can write at most', volumeSize()),
      }),
      'must be a list of tables: [[volumes]]',
    ),
  ),
  maintenance: z.optional(
    table({
      units: means(
        "units of the bench's own processes: stopped around a restore, held back without the dataset",
        z.optional(z.array(text(systemdUnit), 'must be a list of systemd units, such as ["web.service"]')),
      ),
    }),
  ),
  clone: z.optional(
    table({
      sql: means(
        'files of SQL that a [clone](clones.md) of this bench runs on its own database before it may act',
        z.optional(z.array(text(scriptPath), 'must be a list of files of SQL, such as ["mute.sql"]')),
      ),
      run: means(
        'programs that it runs then, as the owner of its bench.toml',
        z.optional(z.array(text(scriptPath), 'must be a list of programs, such as ["config/mute.sh"]')),
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
  'volume.dataset': ['reservation', 'quota', 'direct_io'],
  snapshot: ['lock', 'lock_timeout'],
  schedule: ['snapshot', 'keep', 'keep_days', 'prune'],
  'schedule.keep': ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'],
  offsite: [
    'url',
    'endpoint',
    'region',
    'credentials',
    'recipients',
    'schedule',
    'keep',
    'full_every',
    'lock_days',
  ],
  'offsite.keep': ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'],
  verify: ['sql', 'max_age', 'schedule'],
  maintenance: ['units'],
  clone: ['sql', 'run'],
};

/** Keys of the tables in a list. A list has no value on a command line, so `bench config get` does not know it. */
export const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  'verify.sql': ['query', 'expect'],
  volumes: ['name', 'path', 'mode', 'size', 'overlay_size'],
};
