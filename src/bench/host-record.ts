import { join } from 'node:path';
import * as z from 'zod/mini';
import { type BenchConfig, DEFAULTS, defaultImagePath } from '../config/config.js';
import { durationMs } from '../config/duration.js';
import { formatKeySource, parseKeySource } from '../config/key-source.js';
import { BenchError } from '../errors.js';
import { stateDir } from '../host/paths.js';
import { readRecord } from '../host/records.js';
import type { Layout } from './layout.js';

const RecordedVolume = z.object({
  name: z.string(),
  path: z.string(),
  mode: z.enum(['rw', 'ro', 'overlay']),
  sizeBytes: z.optional(z.int()),
  overlayBytes: z.optional(z.int()),
});

/**
 * What is known of a bench outside its dataset, in `/var/lib/bench/<bench>/host.json`: bench.toml lies on the
 * dataset, so with the pool gone this is all there is to diagnose and mend with (SPEC section 4).
 */
export const HostRecord = z.object({
  version: z.literal(1),
  bench: z.string(),
  pool: z.object({ name: z.string(), guid: z.string() }),
  dataset: z.string(),
  mountpoint: z.string(),
  backing: z.object({ kind: z.enum(['device', 'image']), path: z.string() }),
  binds: z.array(z.object({ source: z.string(), target: z.string() })),
  mariadb: z.object({
    instance: z.string(),
    unit: z.string(),
    socketPath: z.string(),
    dataDir: z.string(),
    port: z.int(),
  }),
  units: z.array(z.string()),
  /** Of an encrypted bench: where its key comes from, as bench.toml says it. */
  key: z.optional(z.string()),
  /** Data volumes that it has, as bench.toml says it. */
  volumes: z._default(z.array(RecordedVolume), []),
  /** Users who may take snapshots without being root. */
  operators: z._default(z.array(z.string()), []),
  /** Of a bench that `bench clone` has made: what its files on the host and its units depend on. */
  clone: z.optional(
    z.object({
      source: z.string(),
      serverId: z.int(),
      /** Event scheduler and replicas stay off. */
      isHeld: z.boolean(),
      /** Units of its bench.toml that are its source's. */
      heldUnits: z.array(z.string()),
    }),
  ),
});

export type HostRecord = z.infer<typeof HostRecord>;
export type RecordedClone = NonNullable<HostRecord['clone']>;

/** The record before the pool exists: its GUID is not known yet. */
export type UnboundHostRecord = Omit<HostRecord, 'pool'> & { pool: { name: string } };

export interface RecordedBacking {
  kind: 'device' | 'image';
  path: string;
}

export function recordPath(bench: string): string {
  return join(stateDir(bench), 'host.json');
}

export function recordFor(
  config: BenchConfig,
  layout: Layout,
  backing: RecordedBacking,
  operators: readonly string[],
  clone?: RecordedClone,
): UnboundHostRecord {
  return {
    version: 1,
    bench: config.name,
    pool: { name: config.volume.pool },
    dataset: layout.dataset,
    mountpoint: layout.mountpoint,
    backing: { kind: backing.kind, path: backing.path },
    binds: Object.values(layout.parts).map(({ source, target }) => ({ source, target })),
    mariadb: { ...config.mariadb, unit: layout.unit },
    units: config.maintenance.units,
    ...(config.volume.key === undefined ? {} : { key: formatKeySource(config.volume.key) }),
    volumes: config.volumes,
    operators: [...operators],
    ...(clone === undefined ? {} : { clone }),
  };
}

/** The record once the pool is there. */
export function boundRecord(record: UnboundHostRecord, poolGuid: string): HostRecord {
  return { ...record, pool: { ...record.pool, guid: poolGuid } };
}

/**
 * @returns undefined where there is none
 * @throws BenchError `host-record-invalid` for one that is damaged or from a newer bench: it is not guessed at
 */
export function readHostRecord(bench: string): Promise<HostRecord | undefined> {
  const path = recordPath(bench);
  return readRecord(
    path,
    (value) => HostRecord.parse(value),
    (cause) =>
      new BenchError('host-record-invalid', `${path} is damaged or was written by a newer bench.`, {
        suggestions: [
          `Look at ${path}; with the pool imported, move it away and run bench init -b ${bench} to write it anew.`,
        ],
        cause,
      }),
  );
}

/** Enough of a configuration to diagnose and mend with while bench.toml cannot be read. */
export function configFromRecord(record: HostRecord): BenchConfig {
  const { backing, mariadb } = record;
  const [benches] = record.binds;
  return {
    file: join(benches?.target ?? '/', 'bench.toml'),
    fromRecord: true,
    name: record.bench,
    mariadb: {
      instance: mariadb.instance,
      port: mariadb.port,
      dataDir: mariadb.dataDir,
      socketPath: mariadb.socketPath,
    },
    volume: {
      pool: record.pool.name,
      dataset: record.dataset,
      mountpoint: record.mountpoint,
      backing: backing.kind,
      ...(backing.kind === 'device' ? { device: backing.path } : {}),
      image: { path: backing.kind === 'image' ? backing.path : defaultImagePath(record.pool.name) },
      ...(record.key === undefined
        ? {}
        : { key: parseKeySource(record.key, record.bench), keyAsWritten: record.key }),
    },
    snapshot: { lock: DEFAULTS.lock, lockTimeoutMs: durationMs(DEFAULTS.lockTimeout) ?? 0 },
    verify: { sql: [] },
    maintenance: { units: record.units },
    clone: { sql: [], run: [] },
    volumes: record.volumes,
  };
}
