import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type History, type Limits, predict, usableBytes } from '../../../src/forecast/predict.js';
import { withSample } from '../../../src/forecast/samples.js';
import { type Point, theilSen, thinned } from '../../../src/forecast/slope.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GIB = 1024 ** 3;
const NOW = new Date('2026-11-24T12:00:00Z');

const LIMITS: Limits = {
  usedBytes: 40 * GIB,
  quotaBytes: 60 * GIB,
  reservationBytes: 45 * GIB,
  poolAllocatedBytes: 50 * GIB,
  poolSizeBytes: 100 * GIB,
};

/** `hours` of one size every half an hour, up to now. */
function sizes(hours: number, size: (hour: number) => number): Point[] {
  return Array.from({ length: 2 * hours + 1 }, (_, index) => {
    const hour = index / 2 - hours;
    return { time: NOW.getTime() + hour * HOUR, bytes: size(hour) };
  });
}

const history = (over: Partial<History>): History => ({ used: [], referenced: [], pool: [], ...over });
const daysTo = (time: string | null) => (time === null ? null : (Date.parse(time) - NOW.getTime()) / DAY);
/** One GiB a day, which comes to 40 GiB now. */
const steady = (hour: number) => 40 * GIB + (hour / 24) * GIB;

describe('made series', () => {
  it('steady growth: 20 days to the quota, 5 to the reservation', () => {
    const found = predict(history({ used: sizes(100, steady) }), LIMITS, NOW);
    expect(found).toMatchObject({ state: 'growing', basis: 'samples', growthBytesPerDay: GIB });
    expect(daysTo(found.quotaFullAt)).toBeCloseTo(20, 3);
    expect(daysTo(found.reservationFullAt)).toBeCloseTo(5, 3);
    expect(found.fullAt).toBe(found.quotaFullAt);
  });

  it('the pool grows faster than the bench, and is full first', () => {
    const pool = sizes(100, (hour) => 50 * GIB + (hour / 24) * 10 * GIB);
    const found = predict(history({ used: sizes(100, steady), pool }), LIMITS, NOW);
    expect(daysTo(found.poolFullAt)).toBeCloseTo((usableBytes(100 * GIB) / GIB - 50) / 10, 3);
    expect(found.fullAt).toBe(found.poolFullAt);
  });

  it('bursts that come and go, one hour in eight: what stays counts', () => {
    const bursts = (hour: number) => steady(hour) + (Math.abs(Math.floor(hour)) % 8 === 0 ? 9 * GIB : 0);
    const found = predict(history({ used: sizes(160, bursts) }), LIMITS, NOW);
    expect((found.growthBytesPerDay ?? 0) / GIB).toBeCloseTo(1, 1);
  });

  it('one dump at the very end is no growth of 100 GiB a day', () => {
    const dump = (hour: number) => steady(hour) + (hour > -1 ? 30 * GIB : 0);
    const found = predict(history({ used: sizes(160, dump) }), LIMITS, NOW);
    expect((found.growthBytesPerDay ?? 0) / GIB).toBeCloseTo(1, 1);
  });

  it('stairs, as of a nightly import', () => {
    const stairs = (hour: number) => 40 * GIB + Math.floor(hour / 24) * GIB;
    const found = predict(history({ used: sizes(168, stairs) }), LIMITS, NOW);
    expect((found.growthBytesPerDay ?? 0) / GIB).toBeGreaterThan(0.8);
    expect((found.growthBytesPerDay ?? 0) / GIB).toBeLessThan(1.2);
  });

  it('shrinking, and standing still: nothing fills up', () => {
    for (const size of [(hour: number) => 80 * GIB - steady(hour), () => 40 * GIB]) {
      const found = predict(history({ used: sizes(100, size) }), LIMITS, NOW);
      expect(found).toMatchObject({
        state: 'not-growing',
        quotaFullAt: null,
        poolFullAt: null,
        fullAt: null,
      });
      expect(found.growthBytesPerDay).toBeLessThanOrEqual(0);
    }
  });

  it('too short, or too few: unknown', () => {
    for (const used of [[], sizes(23, steady), sizes(100, steady).filter((_, index) => index % 100 === 0)]) {
      const found = predict(history({ used }), LIMITS, NOW);
      expect(found).toMatchObject({ state: 'unknown', basis: null, growthBytesPerDay: null, fullAt: null });
    }
  });

  it('only what is younger than a week counts, and nothing from the future', () => {
    const old = sizes(400, (hour) => (hour < -168 ? 10 * GIB : steady(hour)));
    const future = { time: NOW.getTime() + 400 * DAY, bytes: 0 };
    const found = predict(history({ used: [...old, future] }), LIMITS, NOW);
    expect(found.growthBytesPerDay).toBe(GIB);
  });

  it('without samples, what snapshots hold of the data; the pool grows at least as much', () => {
    const referenced = sizes(20 * 24, steady).filter((_, index) => index % 48 === 0);
    const found = predict(history({ referenced }), LIMITS, NOW);
    expect(found).toMatchObject({ basis: 'snapshots', growthBytesPerDay: GIB, poolGrowthBytesPerDay: null });
    expect(daysTo(found.quotaFullAt)).toBeCloseTo(20, 3);
    expect(daysTo(found.poolFullAt)).toBeCloseTo(usableBytes(100 * GIB) / GIB - 50, 3);
  });

  it('full already is now; what is years away is never', () => {
    const used = sizes(100, steady);
    expect(predict(history({ used }), { ...LIMITS, usedBytes: 60 * GIB }, NOW).quotaFullAt).toBe(
      NOW.toISOString(),
    );
    expect(predict(history({ used }), { ...LIMITS, quotaBytes: 4000 * GIB }, NOW).quotaFullAt).toBeNull();
    expect(predict(history({ used }), { ...LIMITS, quotaBytes: 0, reservationBytes: 0 }, NOW)).toMatchObject({
      quotaFullAt: null,
      reservationFullAt: null,
    });
  });
});

describe('the slope', () => {
  const points = fc.array(
    fc.record({ time: fc.integer({ min: 0, max: 1e9 }), bytes: fc.integer({ min: 0, max: 1e12 }) }),
    { minLength: 2, maxLength: 60 },
  );

  test('of a line is that of the line, whatever a fifth of its points say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 60 }),
        fc.integer({ min: -1000, max: 1000 }),
        fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 4, maxLength: 4 }),
        fc.nat(),
        (count, slope, wrong, where) => {
          const line = Array.from({ length: count }, (_, time) => ({ time, bytes: 1e9 + slope * time }));
          const spoilt = line.map((point, index) => {
            const other = wrong[(index + where) % count];
            return other === undefined ? point : { ...point, bytes: other };
          });
          expect(theilSen(line)).toBeCloseTo(slope, 6);
          expect(theilSen(spoilt)).toBeCloseTo(slope, 6);
        },
      ),
    );
  });

  test('does not change when everything is larger or later, and turns with the sign', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 0, max: 1e9 }), (series, by) => {
        const slope = theilSen(series);
        fc.pre(slope !== undefined);
        const moved = series.map(({ time, bytes }) => ({ time: time + by, bytes: bytes + by }));
        expect(theilSen(moved)).toBeCloseTo(slope, 6);
        expect(theilSen(series.map(({ time, bytes }) => ({ time, bytes: -bytes })))).toBeCloseTo(-slope, 6);
      }),
    );
  });

  test('of one moment, or of none, is unknown', () => {
    expect(theilSen([])).toBeUndefined();
    expect(theilSen([{ time: 1, bytes: 1 }])).toBeUndefined();
    expect(
      theilSen([
        { time: 1, bytes: 1 },
        { time: 1, bytes: 2 },
      ]),
    ).toBeUndefined();
  });

  test('of many points is that of a few in their place', () => {
    const many = sizes(168, (hour) => steady(hour) + (Math.round(hour * 7) % 5) * 1e7);
    expect(thinned(many, 50).length).toBeLessThanOrEqual(50);
    expect((theilSen(thinned(many, 50)) ?? 0) / (theilSen(many) ?? 1)).toBeCloseTo(1, 1);
    expect(thinned(many, 1000)).toEqual(many);
  });
});

describe('samples', () => {
  const at = (seconds: number): [number, number, number] => [seconds, 1, 2];

  it('are taken half an hour apart, and kept for a week', () => {
    let all: readonly [number, number, number][] = [];
    for (let minute = 0; minute <= 8 * 24 * 60; minute += 5) all = withSample(all, at(1e9 + minute * 60));
    expect(all).toHaveLength(336);
    expect(all.at(-1)?.[0]).toBe(1e9 + 8 * 24 * 3600);
  });

  it('of a clock that was ahead go as soon as it is right', () => {
    const ahead = [at(1000), at(9e9)];
    expect(withSample(ahead, at(1100))).toEqual([at(1000)]);
    expect(withSample(ahead, at(10_000))).toEqual([at(1000), at(10_000)]);
  });

  it('too young a one changes nothing', () => {
    const all = [at(1000)];
    expect(withSample(all, at(1500))).toBe(all);
  });
});
