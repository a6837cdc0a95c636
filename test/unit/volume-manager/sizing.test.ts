import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkSizes,
  completeSizes,
  defaultSizes,
  floorToGib,
  GIB,
  imageSize,
  usableBytes,
} from '../../../src/volume-manager/sizing.js';
import { fixture } from '../support/fixture.js';

interface Measured {
  kind: 'disk' | 'file';
  vdevBytes: number;
  rootBytes: number;
}
const { measured } = JSON.parse(fixture('zpool/usable.json')) as { measured: Measured[] };

describe('usableBytes', () => {
  it.each(measured)('$kind of $vdevBytes bytes', ({ kind, vdevBytes, rootBytes }) => {
    const estimate = usableBytes(vdevBytes, kind);
    expect(estimate).toBeLessThanOrEqual(rootBytes);
    expect(estimate).toBeGreaterThan(rootBytes * 0.999);
  });

  it('was measured from 10G to several terabytes, on disks and on files', () => {
    for (const kind of ['disk', 'file']) {
      const sizes = measured.filter((row) => row.kind === kind).map((row) => row.vdevBytes);
      expect(Math.min(...sizes)).toBe(10 * GIB);
      expect(Math.max(...sizes)).toBeGreaterThan(4000 * GIB);
    }
  });

  it('is never negative nor more than the vdev', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 64 * 1024 * GIB }),
        fc.constantFrom('disk', 'file'),
        (bytes, kind) => {
          const usable = usableBytes(bytes, kind);
          expect(usable).toBeGreaterThanOrEqual(0);
          expect(usable).toBeLessThanOrEqual(bytes);
          expect(Number.isSafeInteger(usable)).toBe(true);
        },
      ),
    );
  });
});

describe('imageSize', () => {
  it.each([
    [11 * GIB, 10],
    [13 * GIB, 10],
    [14.7 * GIB, 11],
    [80 * GIB, 60],
    [100 * GIB, 75],
    [100 * GIB - 1, 74],
  ])('of %i free bytes takes %iG', (free, size) => {
    expect(imageSize(free)).toBe(size * GIB);
  });

  it.each([0, 9 * GIB, 11 * GIB - 1])('refuses where 10G and a reserve do not fit: %i', (free) => {
    expect(() => imageSize(free)).toThrowError(
      expect.objectContaining({ code: 'no-space-for-image', exitCode: 3 }),
    );
  });
});

describe('defaultSizes', () => {
  it.each([
    [97.5, 0, 97, 14],
    [100, 0, 100, 15],
    [10, 0, 10, 1],
    [20, 0, 20, 3],
    [40, 0, 40, 6],
    [60, 0, 60, 9],
    [6, 0, 6, 1],
    [1, 0, 1, 1],
    [100, 40, 60, 9],
    [100, 99, 1, 1],
  ])('of %dG usable and %dG reserved: quota %dG, reservation %dG', (usable, others, quota, reservation) => {
    expect(defaultSizes({ usableBytes: usable * GIB, othersReservedBytes: others * GIB })).toEqual({
      quotaBytes: quota * GIB,
      reservationBytes: reservation * GIB,
    });
  });

  it.each([
    [100, 99.5],
    [100, 100],
    [100, 120],
    [0.9, 0],
    [0, 0],
  ])('refuses when nothing fits: %dG usable, %dG reserved', (usable, others) => {
    expect(() => defaultSizes({ usableBytes: usable * GIB, othersReservedBytes: others * GIB })).toThrowError(
      expect.objectContaining({ code: 'pool-full', exitCode: 3 }),
    );
  });

  it('always gives sizes that fit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: GIB, max: 64 * 1024 * GIB }),
        fc.integer({ min: 0, max: 64 * 1024 * GIB }),
        (usable, others) => {
          fc.pre(usable - others >= GIB);
          const o = { usableBytes: usable, othersReservedBytes: others };
          const sizes = defaultSizes(o);
          expect(checkSizes(sizes, { ...o, backingBytes: usable })).toEqual([]);
          expect(sizes.quotaBytes).toBe(floorToGib(sizes.quotaBytes));
          expect(sizes.reservationBytes).toBe(floorToGib(sizes.reservationBytes));
        },
      ),
    );
  });
});

const room = (usable = 100, others = 0, backing = 104) => ({
  backingBytes: backing * GIB,
  usableBytes: usable * GIB,
  othersReservedBytes: others * GIB,
});

describe('completeSizes', () => {
  it('keeps what is set, whatever the pool has left', () => {
    const both = { quotaBytes: 7 * GIB, reservationBytes: 2 * GIB };
    expect(completeSizes(both, room(100, 100))).toEqual(both);
  });

  it('never computes one that contradicts the other', () => {
    expect(completeSizes({ quotaBytes: 2 * GIB }, room())).toEqual({
      quotaBytes: 2 * GIB,
      reservationBytes: 2 * GIB,
    });
    expect(completeSizes({ reservationBytes: 30 * GIB }, room())).toEqual({
      quotaBytes: 100 * GIB,
      reservationBytes: 30 * GIB,
    });
    expect(completeSizes({ reservationBytes: 100.5 * GIB }, room(100.7))).toEqual({
      quotaBytes: 100.5 * GIB,
      reservationBytes: 100.5 * GIB,
    });
  });
});

describe('checkSizes', () => {
  const check = (quota: number, reservation: number, ...rest: Parameters<typeof room>) =>
    checkSizes({ quotaBytes: quota * GIB, reservationBytes: reservation * GIB }, room(...rest)).map(
      ({ key, refused, message }) => `${refused ? 'refused' : 'note'} ${key}: ${message}`,
    );

  it('accepts what fits to the byte', () => {
    expect(check(100, 100)).toEqual([]);
    expect(check(100, 60, 100, 40)).toEqual([]);
  });

  it('only mentions a quota between what can be used and what there is', () => {
    expect(check(101, 1)).toEqual([
      'note quota: the quota 101G is more than the pool can hold (100G): ZFS keeps the rest for itself',
    ]);
    expect(check(104, 1)).toHaveLength(1);
    expect(check(105, 1)).toEqual([
      'refused quota: the quota 105G is larger than what the pool lies on (104G)',
    ]);
  });

  it('refuses a reservation that cannot be kept, and says everything at once', () => {
    expect(check(10, 20)).toEqual(['refused reservation: the reservation 20G is larger than the quota 10G']);
    expect(check(90, 61, 100, 40)).toEqual([
      'refused reservation: the reservation 61G cannot be guaranteed: the pool has 60G left beside other datasets',
    ]);
    expect(check(150, 160, 100, 200)).toHaveLength(3);
  });
});
