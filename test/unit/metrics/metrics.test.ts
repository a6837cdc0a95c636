import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compose } from '../../../src/metrics/compose.js';
import { exposition } from '../../../src/metrics/families.js';
import type { World } from '../../../src/metrics/world.js';
import { parseObjset, readDatasetIo } from '../../../src/zfs/objset.js';
import { knowsSnapshotsChanged } from '../../../src/zfs/space.js';

const GIB = 1024 ** 3;

const space = {
  name: 'bench-pool/shop',
  type: 'filesystem' as const,
  usedBytes: 5 * GIB,
  availableBytes: 55 * GIB,
  referencedBytes: 4 * GIB,
  logicalUsedBytes: 9 * GIB,
  usedByDatasetBytes: 4 * GIB,
  usedBySnapshotsBytes: GIB,
  writtenBytes: 4096,
  quotaBytes: 60 * GIB,
  reservationBytes: 15 * GIB,
  bench: 'shop',
  snapshotsChanged: 1795313397,
};

const world: World = {
  benches: [
    {
      bench: {
        name: 'shop',
        directory: '/srv/benches/shop',
        pool: 'bench-pool',
        dataset: 'bench-pool/shop',
        usedBytes: 5 * GIB,
        quotaBytes: 60 * GIB,
        instance: 'shop',
        unit: 'mariadb@shop.service',
        port: 3307,
        clone: null,
        clones: [],
        state: 'running',
      },
      snapshots: { count: 24, newest: 1795313397, newestScheduled: 1795310000 },
      schedule: {
        run: {
          version: 1,
          startedAt: '2026-11-22T02:00:00.000Z',
          endedAt: '2026-11-22T02:00:02.000Z',
          outcome: 'failed',
          snapshot: null,
          pruned: null,
          error: { code: 'busy', message: 'busy' },
          nextAt: '2026-11-22T03:00:00.000Z',
          behindUntil: null,
        },
      },
      copy: {
        record: {
          version: 1,
          to: 'backup1',
          startedAt: '2026-11-22T02:00:00.000Z',
          endedAt: '2026-11-22T02:00:02.000Z',
          outcome: 'failed',
          error: { code: 'peer-unreachable', message: 'backup1 cannot be reached' },
          copied: { tag: 't', createdAt: '2026-11-22T01:00:00.000Z', at: '2026-11-22T01:00:09.000Z' },
        },
      },
      offsite: {
        version: 1,
        push: {
          startedAt: '2025-05-28T13:00:00.000Z',
          endedAt: '2025-05-28T13:10:00.000Z',
          outcome: 'done',
          error: null,
          nextAt: null,
        },
        copy: {
          url: 's3://copies/one',
          id: '20250528-130000-1-full',
          kind: 'full',
          tag: '20250528-130000',
          guid: '1',
          createdAt: '2025-05-28T13:00:00.000Z',
          finishedAt: '2025-05-28T13:10:00.000Z',
          streamBytes: 10,
          storedBytes: 20,
        },
        verdicts: {},
      },
      forecast: {
        at: '2026-11-22T02:00:00.000Z',
        state: 'growing',
        basis: 'samples',
        growthBytesPerDay: 86400,
        poolGrowthBytesPerDay: 86400,
        quotaFullAt: '2026-11-22T03:00:00.000Z',
        reservationFullAt: null,
        poolFullAt: null,
        fullAt: '2026-11-22T03:00:00.000Z',
      },
    },
  ],
  pools: [
    {
      name: 'bench-pool',
      guid: '1',
      health: 'DEGRADED',
      sizeBytes: 100 * GIB,
      allocatedBytes: 10 * GIB,
      freeBytes: 90 * GIB,
      readonly: false,
      ashift: 12,
      isOpen: true,
    },
  ],
  suspended: ['gone'],
  space: [space],
  io: [{ dataset: 'bench-pool/shop', reads: 1, readBytes: 2, writes: 3, writtenBytes: 4 }],
  at: 1795313400000,
  durationMs: 250,
};

const lines = (over: Partial<World> = {}) => exposition(compose({ ...world, ...over })).split('\n');

test('a scrape: names and labels as zfs_exporter has them, and what only bench knows', () => {
  expect(lines()).toEqual(
    expect.arrayContaining([
      '# TYPE zfs_pool_health gauge',
      'zfs_pool_health{pool="bench-pool"} 1',
      'zfs_pool_health{pool="gone"} 6',
      `zfs_dataset_used_bytes{name="bench-pool/shop",pool="bench-pool",type="filesystem"} ${5 * GIB}`,
      'bench_state{bench="shop",dataset="bench-pool/shop",state="running"} 1',
      'bench_state{bench="shop",dataset="bench-pool/shop",state="failed"} 0',
      'bench_snapshots{bench="shop",dataset="bench-pool/shop"} 24',
      'bench_last_snapshot_timestamp_seconds{bench="shop",dataset="bench-pool/shop"} 1795313397',
      'bench_schedule_last_run_success{bench="shop",dataset="bench-pool/shop"} 0',
      'bench_replication_lag_seconds{bench="shop",dataset="bench-pool/shop"} 4200',
      'bench_replication_last_run_success{bench="shop",dataset="bench-pool/shop"} 0',
      'bench_time_to_full_seconds{bench="shop",dataset="bench-pool/shop",limit="quota"} 3600',
      'bench_time_to_full_seconds{bench="shop",dataset="bench-pool/shop",limit="pool"} +Inf',
      'bench_growth_bytes_per_second{bench="shop",dataset="bench-pool/shop"} 1',
      '# TYPE bench_volume_written_bytes_total counter',
      'bench_volume_written_bytes_total{dataset="bench-pool/shop",pool="bench-pool"} 4',
      'bench_scrape_duration_seconds 0.25',
    ]),
  );
});

test('what is not known is left out, and not 0', () => {
  const [figures] = world.benches;
  if (figures === undefined) throw new Error('no bench');
  const unknown = {
    ...figures,
    snapshots: undefined,
    schedule: undefined,
    forecast: undefined,
    copy: undefined,
  };
  const names = lines({ benches: [unknown], io: [] }).map((line) => line.split(/[{ ]/)[0]);
  for (const name of [
    'bench_snapshots',
    'bench_last_snapshot_timestamp_seconds',
    'bench_schedule_last_run_success',
    'bench_replication_lag_seconds',
    'bench_time_to_full_seconds',
    'bench_volume_reads_total',
  ])
    expect(names).not.toContain(name);
});

/** Of zfs_exporter's collector/pool.go and collector/dataset.go, without their prefixes. */
const ZFS_EXPORTER = {
  pool: ['allocated_bytes', 'free_bytes', 'health', 'readonly', 'size_bytes'],
  dataset: [
    'available_bytes',
    'logical_used_bytes',
    'quota_bytes',
    'referenced_bytes',
    'reservation_bytes',
    'used_by_dataset_bytes',
    'used_by_snapshot_bytes',
    'used_bytes',
    'written_bytes',
  ],
};

test("what begins with zfs_ is one of zfs_exporter's, with its labels", () => {
  const ours = compose(world).filter(({ name }) => name.startsWith('zfs_'));
  expect(ours.map(({ name }) => name).sort()).toEqual(
    Object.entries(ZFS_EXPORTER)
      .flatMap(([subsystem, names]) => names.map((name) => `zfs_${subsystem}_${name}`))
      .sort(),
  );
  for (const { name, samples } of ours)
    for (const { labels } of samples)
      expect(Object.keys(labels).sort()).toEqual(
        name.startsWith('zfs_pool') ? ['pool'] : ['name', 'pool', 'type'],
      );
});

test("no name is one of node_exporter's own: it would refuse the whole textfile", () => {
  for (const { name } of compose(world)) expect(name).toMatch(/^(zfs_(pool|dataset)|bench)_/);
});

test('each family comes once, with its help and type, and labels of any text', () => {
  const names = compose(world).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const text = exposition([
    { name: 'x', help: 'a\nb\\', type: 'gauge', samples: [{ labels: { a: 'q"\\\n' }, value: Number.NaN }] },
    { name: 'none', help: '', type: 'gauge', samples: [] },
  ]);
  expect(text).toBe('# HELP x a\\nb\\\\\n# TYPE x gauge\nx{a="q\\"\\\\\\n"} NaN\n');
  expect(() =>
    exposition([{ name: 'Bad-name', help: '', type: 'gauge', samples: [{ labels: {}, value: 1 }] }]),
  ).toThrow('Bad-name');
});

describe("the kernel's counters", () => {
  const OBJSET = `34 1 0x01 16 4352 9871234 998877
name                            type data
dataset_name                    7    bench-pool/two words
writes                          4    12
nwritten                        4    98304
reads                           4    3
nread                           4    4096
nunlinks                        4    0
`;
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'bench-kstat-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test('are read by name', () => {
    expect(parseObjset(OBJSET)).toEqual({
      dataset: 'bench-pool/two words',
      reads: 3,
      readBytes: 4096,
      writes: 12,
      writtenBytes: 98304,
    });
    expect(parseObjset('')).toBeUndefined();
  });

  test('of all datasets in a pool, and of no other', async () => {
    for (const pool of ['a', 'b']) {
      mkdirSync(join(root, pool));
      writeFileSync(join(root, pool, 'objset-0x36'), OBJSET.replace('bench-pool', pool));
      writeFileSync(join(root, pool, 'state'), 'ONLINE\n');
    }
    expect((await readDatasetIo(['a', 'missing'], root)).map(({ dataset }) => dataset)).toEqual([
      'a/two words',
    ]);
  });
});

test.each([
  ['2.3.9-1', true],
  ['2.2.0', true],
  ['3.0', true],
  ['2.1.11-1', false],
  [undefined, false],
])('ZFS %s knows when snapshots have changed: %s', (version, knows) => {
  expect(knowsSnapshotsChanged(version)).toBe(knows);
});
