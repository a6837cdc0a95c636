import { describe, expect, test } from 'vitest';
import { figure, largest, median, quantile, table } from '../../../prove/figures.js';
import { latenciesOutside, latenciesWithin } from '../../../prove/writes/writes.js';

test('median, quantile and largest take the values in any order', () => {
  expect(median([30, 10, 20])).toBe(20);
  expect(median([40, 10, 20, 30])).toBe(25);
  expect(median([])).toBeNaN();
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(hundred, 0.99)).toBe(99);
  expect(quantile(hundred, 0.5)).toBe(50);
  expect(quantile([], 0.5)).toBeNaN();
  expect(largest([3, 7, 5])).toBe(7);
});

test('figures and tables are for readers', () => {
  expect([0.456, 12.34, 123.6, 12345, Number.NaN].map(figure)).toEqual([
    '0.46',
    '12.3',
    '124',
    '12,345',
    '–',
  ]);
  expect(table(['a', 'b'], [['x', 1.5]])).toBe('| a | b |\n| --- | ---: |\n| x | 1.50 |');
});

describe('writes and spans', () => {
  // From 0 to 10, from 100 to 150, from 200 to 300.
  const writes = {
    errors: [],
    startedAtMs: [0, 100, 200],
    latencyMs: [10, 50, 100],
    worker: [0, 0, 0],
  };

  test('a write belongs to a span that it has touched', () => {
    expect(latenciesWithin(writes, { fromMs: 140, toMs: 210 })).toEqual([50, 100]);
    expect(latenciesWithin(writes, { fromMs: 10, toMs: 100 })).toEqual([]);
  });

  test('and outside are those that touch none', () => {
    expect(latenciesOutside(writes, [{ fromMs: 140, toMs: 160 }])).toEqual([10, 100]);
    expect(latenciesOutside(writes, [])).toEqual([10, 50, 100]);
  });
});
