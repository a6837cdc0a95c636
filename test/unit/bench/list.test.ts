import { describe, expect, test } from 'vitest';
import { type ListedBench, stateOf } from '../../../src/bench/list.js';
import { benchListText } from '../../../src/output/bench-list.js';

const fine = {
  isRecorded: true,
  isSuspended: false,
  hasDataset: true,
  isMounted: true,
  unit: 'active',
};

describe('the state of a bench is the first thing that is not as it should be', () => {
  test.each<[string, Partial<Parameters<typeof stateOf>[0]>]>([
    ['running', {}],
    ['running', { unit: 'reloading' }],
    ['starting', { unit: 'activating' }],
    ['failed', { unit: 'failed' }],
    ['stopped', { unit: 'inactive' }],
    ['stopped', { unit: undefined }],
    ['pool-suspended', { isSuspended: true, hasDataset: false }],
    ['not-mounted', { isMounted: false }],
    ['dataset-missing', { hasDataset: false, isMounted: false }],
    ['not-set-up', { hasDataset: false, isRecorded: false }],
  ])('%s', (state, but) => {
    expect(stateOf({ ...fine, ...but })).toBe(state);
  });
});

const shop: ListedBench = {
  name: 'shop',
  directory: '/srv/benches/shop',
  pool: 'bench-pool',
  dataset: 'bench-pool/shop',
  usedBytes: 5 * 1024 ** 3,
  quotaBytes: 60 * 1024 ** 3,
  instance: 'shop',
  unit: 'mariadb@shop.service',
  port: 3307,
  clone: null,
  clones: [],
  state: 'running',
};

test('the table has columns as wide as they need to be', () => {
  const nothing = { pool: null, dataset: null, usedBytes: null, quotaBytes: null };
  const broken = { ...nothing, instance: null, unit: null, port: null, state: 'unreadable' } as const;
  expect(
    benchListText({ benches: [shop, { ...shop, ...broken, name: 'a-longer-name' }] }).split('\n'),
  ).toEqual([
    'BENCH          DATASET          USED  QUOTA  INSTANCE  PORT  STATE',
    'shop           bench-pool/shop  5.0G  60G    shop      3307  running',
    'a-longer-name  -                -     -      -         -     unreadable',
  ]);
  const clone = {
    source: 'shop',
    tag: 'good',
    template: null,
    state: 'held',
    independent: false,
    expiresAt: '2026-11-24T18:30:00.000Z',
    protected: true,
  } as const;
  expect(benchListText({ benches: [shop, { ...shop, name: 'try', clone }] }).split('\n')).toEqual([
    'BENCH  DATASET          USED  QUOTA  INSTANCE  PORT  STATE    CLONE OF',
    'shop   bench-pool/shop  5.0G  60G    shop      3307  running',
    'try    bench-pool/shop  5.0G  60G    shop      3307  running  shop@good, events and replicas off, ends 2026-11-24 18:30, protected',
  ]);
  expect(benchListText({ benches: [] })).toContain('bench new');
});

test('how long the space lasts has a column where that is known of any bench', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  const lines = (...ends: (string | null)[]) =>
    benchListText({ benches: ends.map((fullAt) => ({ ...shop, fullAt })) }, now).split('\n');
  expect(lines(null)[0]).not.toContain('FULL IN');
  const [head, first, second] = lines('2026-12-24T12:00:00Z', null);
  const at = head?.indexOf('FULL IN');
  expect(first?.slice(at)).toMatch(/^30 days /);
  expect(second?.slice(at)).toMatch(/^- /);
});
