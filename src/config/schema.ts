import * as z from 'zod/mini';
import {
  absolutePath,
  benchName,
  datasetComponent,
  datasetPath,
  instanceName,
  keySource,
  poolName,
  remoteHost,
  scriptPath,
  systemdUnit,
  volumeName,
  volumePath,
} from '../names.js';
import { calendarProblem } from './calendar.js';
import { ageProblem, durationProblem } from './duration.js';
import { OTHER_TOOLS } from './other-tools.js';
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
      encryption: means(
        '`"on"` encrypts a new bench with a key of its own: [encryption](encryption.md)',
        z.optional(z.enum(['on', 'off'], 'must be "on" or "off"')),
      ),
      key: means(
        'where its key comes from at boot: `"credential"` (kept by systemd), `"file:/PATH"` on other storage, or `"prompt"`; `bench init` writes its name out',
        z.optional(text(keySource)),
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
  replicate: z.optional(
    table({
      to: means(
        'another host that copies go to, as ssh knows it: [replication](replication.md)',
        z.optional(text(remoteHost)),
      ),
      target: means(
        'the dataset there that copies lie below; default `<pool>/_copies` of its only pool',
        z.optional(text(datasetPath)),
      ),
      schedule: means(
        'when copies are sent by themselves, as in `schedule.snapshot`',
        z.optional(text(calendarProblem)),
      ),
      bandwidth: means('how many bytes a second a copy may take at most, such as "20M"', size()),
    }),
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
