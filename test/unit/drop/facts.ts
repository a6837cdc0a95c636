import { configFromRecord, type HostRecord } from '../../../src/bench/host-record.js';
import { layoutOf } from '../../../src/bench/layout.js';
import type { DropFacts, Unit } from '../../../src/drop/facts.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';
import type { Dataset } from '../../../src/zfs/datasets.js';

export const record: HostRecord = {
  version: 1,
  bench: 'shop',
  pool: { name: 'bench-pool', guid: '1' },
  dataset: 'bench-pool/shop',
  mountpoint: '/bench-pool/shop',
  backing: { kind: 'device', path: '/dev/vdb' },
  binds: [
    { source: '/bench-pool/shop/benches', target: '/srv/benches/shop' },
    { source: '/bench-pool/shop/mariadb', target: '/var/lib/mysql-shop' },
  ],
  mariadb: {
    instance: 'shop',
    unit: 'mariadb@shop.service',
    socketPath: '/run/mysqld/mysqld-shop.sock',
    dataDir: '/var/lib/mysql-shop',
    port: 3307,
  },
  units: ['shop-web.service'],
  volumes: [{ name: 'uploads', path: 'sites/uploads', mode: 'rw' }],
  operators: [],
};

export const dataset: Dataset = {
  name: 'bench-pool/shop',
  usedBytes: 1,
  availableBytes: 1024 ** 3,
  quotaBytes: 2 * 1024 ** 3,
  reservationBytes: 0,
  mounted: true,
  mountpoint: '/bench-pool/shop',
  bench: 'shop',
  canmount: 'on',
  lockedBy: undefined,
  createdAt: new Date(0),
  origin: undefined,
  clone: undefined,
};

export function up(unit: string): Unit {
  return { unit, state: { ...UNKNOWN_UNIT, load: 'loaded', active: 'active', enabled: 'enabled' } };
}

/** A bench that is there as a whole, and runs. */
export function wholeBench(changes: Partial<DropFacts> = {}): DropFacts {
  const config = configFromRecord(record);
  const layout = layoutOf(config);
  const mounted = [
    { root: '/', target: '/bench-pool/shop', fstype: 'zfs', source: 'bench-pool/shop' },
    ...record.binds.map(({ source, target }) => ({
      root: source.replace('/bench-pool/shop', ''),
      target,
      fstype: 'zfs',
      source: 'bench-pool/shop',
    })),
    {
      root: '/data',
      target: '/srv/benches/shop/sites/uploads',
      fstype: 'zfs',
      source: 'bench-pool/_volumes/uploads',
    },
  ];
  const lines = [...record.binds, ...layout.volumes].map(({ source, target }) => ({
    source,
    target,
    fstype: 'none',
    options: 'bind',
  }));
  return {
    name: 'shop',
    record,
    isRecorded: true,
    config,
    note: undefined,
    cloneNote: undefined,
    takeUpNote: undefined,
    layout,
    preserve: false,
    unattended: false,
    isLost: false,
    now: new Date('2026-11-30T00:00:00Z'),
    registry: { volumes: [], pools: [], places: new Map(), exports: [], kept: [] },
    dataset,
    freeBytes: 1024 ** 3,
    preserved: undefined,
    snapshots: [],
    kept: undefined,
    keptVolumes: [],
    ownHolds: [],
    origin: undefined,
    mounts: mounted,
    fstab: lines,
    files: [
      '/etc/systemd/system/mariadb@shop.service.d/50-bench-volume.conf',
      '/etc/systemd/system/shop-web.service.d/50-bench-volume.conf',
      '/etc/mysql/mariadb.conf.d/90-bench-shop.cnf',
    ],
    units: {
      database: [up('mariadb@shop.service')],
      schedule: [up('bench-snapshot-shop.timer')],
      own: [up('shop-web.service')],
    },
    directories: ['/var/lib/mysql-shop', '/srv/benches/shop', '/bench-pool/shop'],
    plainConfig: undefined,
    originals: [],
    ...changes,
  };
}
