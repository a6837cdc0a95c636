import { describe, expect, test } from 'vitest';
import { type ShownStep, stepsAfter } from '../../../src/page/steps-after.js';
import { databaseWish, filesWish } from '../../../src/page/tabs/extract-wish.js';
import { spaceChart } from '../../../src/page/widgets/space-chart.js';
import { away, bytesOf, size, time } from '../../../src/page/words.js';
import type { StepEvent } from '../../../src/steps/steps.js';

test('sizes as they are typed', () => {
  expect(bytesOf(' 80G ')).toEqual({ bytes: 80 * 1024 ** 3 });
  expect(bytesOf('10GB')).toEqual({ bytes: 10 * 1024 ** 3 });
  for (const wrong of ['', '-1', '1.5G', '0', '80 G', 'all'])
    expect(bytesOf(wrong)).toHaveProperty('problem');
  expect([size(0), size(undefined), size(5 * 1024 ** 3)]).toEqual(['0', '–', '5.0G']);
});

test.each([
  ['2026-01-01T00:00:30Z', '30 seconds ago'],
  ['2026-01-01T00:02:00Z', 'in 1 minute'],
  ['2026-01-01T03:01:00Z', 'in 3 hours'],
  ['2025-12-31T00:01:00Z', '1 day ago'],
  ['2026-02-20T00:01:00Z', 'in 2 months'],
])('%s is %s', (iso, words) => {
  expect(away(iso, Date.parse('2026-01-01T00:01:00Z'))).toBe(words);
});

test('no time is no time', () => {
  expect(time(null)).toBe('–');
});

describe('steps of an operation', () => {
  const event = (kind: string, title: string, more = {}) =>
    ({ kind, title, durationMs: 1, ...more }) as StepEvent;
  const shown = (...events: StepEvent[]) =>
    events.reduce<ShownStep[]>(stepsAfter, []).map(({ title, isDone, detail }) => [title, isDone, detail]);

  test('each is shown once, the one that is under way at the end', () => {
    expect(
      shown(
        event('step-started', 'Stop'),
        event('step-finished', 'Stop'),
        event('step-started', 'Copy'),
        event('step-progress', 'Copy', { percent: 40, detail: '2 GB' }),
      ),
    ).toEqual([
      ['Stop', true, ''],
      ['Copy', false, '40 % 2 GB'],
    ]);
  });

  test('what one waits for stands beside it', () => {
    expect(shown(event('step-started', 'Stop'), event('step-waits', 'Waiting for shop'))).toEqual([
      ['Stop', false, 'Waiting for shop'],
    ]);
  });
});

describe('space over time', () => {
  const space = {
    at: '2026-01-10T00:00:00Z',
    quotaBytes: 100,
    reservationBytes: 0,
    usedBytes: 50,
    samples: [{ at: '2026-01-08T00:00:00Z', usedBytes: 40 }],
    snapshots: [{ at: '2026-01-09T00:00:00Z', referencedBytes: 30 }],
    forecast: { growthBytesPerDay: 5, fullAt: null },
  };

  test('goes on as it grew, for half of the time that was seen', () => {
    const { ahead, first, last, top } = spaceChart(space);
    expect(first).toBe(Date.parse('2026-01-08T00:00:00Z'));
    expect(last).toBe(Date.parse('2026-01-11T00:00:00Z'));
    expect(ahead.map(({ bytes }) => bytes)).toEqual([50, 55]);
    expect(top).toBeCloseTo(110);
  });

  test('does not go on where nobody knows, and never below nothing', () => {
    expect(spaceChart({ ...space, forecast: null }).ahead).toEqual([]);
    const shrinks = spaceChart({ ...space, forecast: { growthBytesPerDay: -500, fullAt: null } });
    expect(shrinks.ahead.at(-1)?.bytes).toBe(0);
  });

  test('is not pressed to the ground by a limit far above it', () => {
    expect(spaceChart({ ...space, quotaBytes: 10_000 }).top).toBeCloseTo(60.5);
  });
});

describe('what is to come out of a snapshot', () => {
  test('nothing, while it is not said', () => {
    expect(databaseWish(' ', 'orders', false, '')).toBeUndefined();
    expect(filesWish(' , ', true, '')).toBeUndefined();
    expect(filesWish('sites', false, ' ')).toBeUndefined();
  });

  test('is what the API takes, beside or in its place', () => {
    expect(databaseWish(' app ', 'orders, items', true, 'x')).toEqual({
      database: 'app',
      tables: ['orders', 'items'],
      replace: true,
    });
    expect(databaseWish('app', '', false, '')).toEqual({ database: 'app', tables: [] });
    expect(databaseWish('app', '', false, 'old')).toEqual({ database: 'app', tables: [], as: 'old' });
    expect(filesWish('sites/a, sites/b', false, 'from-monday')).toEqual({
      files: ['sites/a', 'sites/b'],
      to: 'from-monday',
    });
    expect(filesWish('sites/a', true, 'from-monday')).toEqual({ files: ['sites/a'] });
  });
});
