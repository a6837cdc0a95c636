import { describe, expect, test } from 'vitest';
import { formatArgv } from '../../../src/host/exec.js';
import { planSizes } from '../../../src/volume-manager/set-sizes.js';
import { GIB, type Room, type Sizes } from '../../../src/volume-manager/sizing.js';
import type { Dataset } from '../../../src/zfs/datasets.js';

const shop: Dataset = {
  name: 'bench-pool/shop',
  usedBytes: 5 * GIB,
  availableBytes: 15 * GIB,
  quotaBytes: 20 * GIB,
  reservationBytes: 4 * GIB,
  mounted: true,
  mountpoint: '/bench-pool/shop',
  bench: 'shop',
  canmount: 'on',
  lockedBy: undefined,
  createdAt: new Date(0),
  origin: undefined,
  clone: undefined,
};
const room: Room = { backingBytes: 100 * GIB, usableBytes: 96 * GIB, othersReservedBytes: 60 * GIB };

const plan = (quota?: number, reservation?: number, dataset: Partial<Dataset> = {}) => {
  const wanted: Partial<Sizes> = {
    ...(quota === undefined ? {} : { quotaBytes: quota * GIB }),
    ...(reservation === undefined ? {} : { reservationBytes: reservation * GIB }),
  };
  return planSizes({ ...shop, ...dataset }, wanted, room);
};
const applied = ({ zfs }: ReturnType<typeof planSizes>) => zfs.map(({ apply }) => formatArgv(apply.argv));
const reverted = ({ zfs }: ReturnType<typeof planSizes>) => zfs.map(({ revert }) => formatArgv(revert.argv));

describe('the order in which ZFS takes it', () => {
  test('a quota that grows comes before the reservation that needs it', () => {
    expect(applied(plan(40, 30))).toEqual([
      'zfs set quota=40G bench-pool/shop',
      'zfs set reservation=30G bench-pool/shop',
    ]);
  });

  test('one that shrinks comes after the reservation that would not fit into it', () => {
    const shrinking = plan(8, 7, { reservationBytes: 18 * GIB });
    expect(applied(shrinking)).toEqual([
      'zfs set reservation=7G bench-pool/shop',
      'zfs set quota=8G bench-pool/shop',
    ]);
    expect(reverted(shrinking)).toEqual([
      'zfs set reservation=18G bench-pool/shop',
      'zfs set quota=20G bench-pool/shop',
    ]);
  });

  test('where the dataset is full, a quota that grows comes even before bench.toml, which lies on it', () => {
    expect(plan(40, 30).ahead).toBe(0);
    const full = plan(40, 30, { availableBytes: 4096 });
    expect([full.ahead, applied(full)[0]]).toEqual([1, 'zfs set quota=40G bench-pool/shop']);
    expect(plan(6, undefined, { availableBytes: 4096 }).ahead).toBe(0);
    expect(plan(undefined, 6, { availableBytes: 4096 }).ahead).toBe(0);
  });

  test('only what differs is set, and none is put back as none', () => {
    expect(applied(plan(20, 4))).toEqual([]);
    expect(applied(plan(undefined, 6))).toEqual(['zfs set reservation=6G bench-pool/shop']);
    expect(reverted(plan(undefined, 6, { reservationBytes: 0 }))).toEqual([
      'zfs set reservation=none bench-pool/shop',
    ]);
  });
});

test('bench.toml gets what was asked for and nothing else', () => {
  expect(plan(40).config).toEqual([{ key: 'volume.dataset.quota', value: '40G' }]);
  expect(plan(undefined, 6).config).toEqual([{ key: 'volume.dataset.reservation', value: '6G' }]);
});

describe('refused', () => {
  test.each([
    ['a quota below what is used', 4, undefined, {}, 'quota-below-used'],
    [
      'a quota below the reservation that stays',
      6,
      undefined,
      { reservationBytes: 7 * GIB },
      'sizes-do-not-fit',
    ],
    ['a reservation above the quota that stays', undefined, 21, {}, 'sizes-do-not-fit'],
    ['a reservation that others have taken', 50, 37, {}, 'sizes-do-not-fit'],
    ['a quota above the pool', 101, undefined, {}, 'sizes-do-not-fit'],
    ['a reservation above the pool, without a quota', undefined, 97, { quotaBytes: 0 }, 'sizes-do-not-fit'],
  ])('%s', (_, quota, reservation, dataset, code) => {
    expect(() => plan(quota, reservation, dataset)).toThrow(expect.objectContaining({ code }));
  });

  test('what just fits is taken', () => {
    expect(plan(50, 36).notes).toEqual([]);
    expect(plan(5).notes).toEqual([
      '100 % of the quota are used already; when it is full, every write fails.',
    ]);
    expect(plan(97).notes[0]).toContain('ZFS keeps the rest for itself');
    expect(plan(undefined, 30, { quotaBytes: 0 }).zfs).toHaveLength(1);
  });
});
