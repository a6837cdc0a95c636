import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseAge } from '../../../src/check/age.js';
import { type Finding, LEVELS, type Level, perf, worst } from '../../../src/check/finding.js';
import { checkLine } from '../../../src/check/line.js';
import { type CheckFacts, probe, type Thresholds } from '../../../src/check/probes.js';
import type { Proof } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/report.js';

const GIB = 1024 ** 3;
const NOW = new Date('2026-11-24T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);

const DEFAULTS: Thresholds = {
  warningPercent: 80,
  criticalPercent: 95,
  warningAge: undefined,
  criticalAge: undefined,
};

const forecast: Status['forecast'] = {
  at: NOW.toISOString(),
  state: 'unknown',
  basis: null,
  growthBytesPerDay: null,
  poolGrowthBytesPerDay: null,
  quotaFullAt: null,
  reservationFullAt: null,
  poolFullAt: null,
  fullAt: null,
};
const schedule: NonNullable<Status['schedule']> = {
  bench: 'shop',
  snapshot: 'hourly',
  calendars: ['hourly'],
  keep: null,
  prune: false,
  timer: 'bench-snapshot-shop.timer',
  active: true,
  enabled: true,
  nextAt: '2026-11-24T13:00:00.000Z',
  last: {
    startedAt: hoursAgo(0.5).toISOString(),
    endedAt: hoursAgo(0.5).toISOString(),
    outcome: 'done',
    snapshot: 't',
    pruned: 0,
    error: null,
  },
};
const status: Status = {
  pool: {
    name: 'bench-pool',
    health: 'ONLINE',
    sizeBytes: 100 * GIB,
    allocatedBytes: 10 * GIB,
    freeBytes: 90 * GIB,
    backing: { kind: 'device', path: '/dev/sdb' },
  },
  dataset: {
    name: 'bench-pool/shop',
    mountpoint: '/bench-pool/shop',
    mounted: true,
    usedBytes: 6 * GIB,
    availableBytes: 54 * GIB,
    quotaBytes: 60 * GIB,
    reservationBytes: 15 * GIB,
  },
  binds: [],
  mariadb: { instance: 'shop', unit: 'mariadb@shop.service', active: true, version: '11', socket: '/s' },
  snapshots: { count: 3, latest: null },
  clone: null,
  clones: [],
  schedule,
  forecast,
  problems: [],
};

/** The newest scheduled snapshot is so old, and the next ones were due an hour, or a day, after each other. */
function aged(hours: number, period = 1): Partial<CheckFacts> & { status: Status } {
  const named = { tag: 't', createdAt: hoursAgo(hours).toISOString() };
  return {
    status: { ...status, snapshots: { count: 3, latest: named } },
    newestScheduled: hoursAgo(hours),
    due: [1, 2].map((count) => new Date(hoursAgo(hours).getTime() + count * period * 3_600_000)),
  };
}

const judge = (name: Parameters<typeof probe>[0], over: Partial<CheckFacts> = {}, thresholds = DEFAULTS) =>
  probe(
    name,
    { bench: 'shop', status, newestScheduled: undefined, due: [], now: NOW, copies: undefined, ...over },
    thresholds,
  );
const withProblem = (...codes: string[]) => ({
  status: { ...status, problems: codes.map((code) => ({ code, message: `${code}.`, fix: 'x' })) },
});

describe('snapshots', () => {
  it.each<[number, number, Level]>([
    // sanoid's for hourly snapshots: 90 minutes and 6 hours.
    [1, 1.49, 'OK'],
    [1, 1.5, 'WARNING'],
    [1, 5.99, 'WARNING'],
    [1, 6, 'CRITICAL'],
    // Its for daily ones: 28 and 32 hours.
    [24, 27.9, 'OK'],
    [24, 28, 'WARNING'],
    [24, 31.9, 'WARNING'],
    [24, 32, 'CRITICAL'],
    [7 * 24, 7 * 24 + 3.9, 'OK'],
    [7 * 24, 7 * 24 + 8, 'CRITICAL'],
    [0.25, 0.5, 'OK'],
    [0.25, 1, 'WARNING'],
  ])('every %s h, the newest %s h old: %s', (period, age, level) => {
    expect(judge('snapshots', aged(age, period)).level).toBe(level);
  });

  it('ages can be given', () => {
    const thresholds = { ...DEFAULTS, warningAge: 600, criticalAge: 1200 };
    expect(judge('snapshots', aged(0.1), thresholds).level).toBe('OK');
    expect(judge('snapshots', aged(0.2), thresholds).level).toBe('WARNING');
    expect(judge('snapshots', aged(0.4), thresholds).level).toBe('CRITICAL');
  });

  it('without a schedule, those of a day', () => {
    const { status: found } = aged(27);
    expect(judge('snapshots', { status: { ...found, schedule: null } }).level).toBe('OK');
    const { status: old } = aged(33);
    expect(judge('snapshots', { status: { ...old, schedule: null } }).level).toBe('CRITICAL');
  });

  it('a run that failed warns although its last snapshot is young', () => {
    const { status: found, ...rest } = aged(0.5);
    const last = {
      ...schedule.last,
      outcome: 'failed',
      error: { code: 'busy', message: 'the lock was not had' },
    };
    const failed = { ...found, schedule: { ...schedule, last } as typeof schedule };
    expect(judge('snapshots', { ...rest, status: failed })).toMatchObject({
      level: 'WARNING',
      message: expect.stringContaining('the lock was not had'),
    });
  });

  it('none at all, a timer that is off, a clock that is wrong', () => {
    expect(judge('snapshots').level).toBe('CRITICAL');
    expect(judge('snapshots', { status: { ...status, schedule: { ...schedule, last: null } } }).level).toBe(
      'UNKNOWN',
    );
    const off = { ...aged(0.1).status, schedule: { ...schedule, active: false } };
    expect(judge('snapshots', { status: off }).level).toBe('CRITICAL');
    expect(judge('snapshots', aged(-1)).level).toBe('UNKNOWN');
  });
});

describe('space', () => {
  const used = (share: number) => ({
    status: { ...status, dataset: { ...status.dataset, usedBytes: Math.floor(60 * GIB * share) } },
  });

  it.each<[number, Level]>([
    [0.5, 'OK'],
    [0.81, 'WARNING'],
    [0.96, 'CRITICAL'],
    [1, 'CRITICAL'],
  ])('%s of the quota', (share, level) => {
    expect(judge('space', used(share)).level).toBe(level);
  });

  it('the pool counts as well, and thresholds can be given', () => {
    const full = { status: { ...status, pool: { ...status.pool, allocatedBytes: 96 * GIB } } };
    expect(judge('space', full).level).toBe('CRITICAL');
    expect(judge('space', full, { ...DEFAULTS, criticalPercent: 99 }).level).toBe('WARNING');
  });
});

describe('pool and the rest', () => {
  it.each<[string, Level, Level]>([
    ['pool-degraded', 'WARNING', 'OK'],
    ['pool-faulted', 'CRITICAL', 'OK'],
    ['pool-of-another-system', 'CRITICAL', 'OK'],
    ['data-errors', 'CRITICAL', 'OK'],
    ['mariadb-down', 'OK', 'CRITICAL'],
    ['guard-missing', 'OK', 'WARNING'],
    ['schedule-differs', 'OK', 'WARNING'],
    ['kept-undo', 'OK', 'OK'],
    ['quota-nearly-full', 'OK', 'OK'],
  ])('%s', (code, ofPool, ofDrift) => {
    expect([judge('pool', withProblem(code)).level, judge('drift', withProblem(code)).level]).toEqual([
      ofPool,
      ofDrift,
    ]);
  });

  it('whatever status finds of a pool is told by its probe, or by that of space, and by no other', () => {
    const source = readFileSync(new URL('../../../src/status/pool-problems.ts', import.meta.url), 'utf8');
    const codes = [...source.matchAll(/\bproblem\(\s*'([a-z-]+)'/g)].map(([, code = '']) => code);
    expect(codes).toContain('pool-missing');
    const isWell = (name: 'pool' | 'drift', code: string) => judge(name, withProblem(code)).level === 'OK';
    expect(codes.filter((code) => isWell('pool', code))).toEqual(['pool-nearly-full', 'pool-filling']);
    expect(codes.filter((code) => !isWell('drift', code))).toEqual([]);
  });

  it.each([
    ['MISSING', 0],
    ['FAULTED', 0],
    ['DEGRADED', 100 * GIB],
    ['ONLINE', 0],
  ])('a pool of which nothing is known but %s, %s bytes, is not well', (health, sizeBytes) => {
    const unseen = { ...withProblem('drop-unfinished').status, pool: { ...status.pool, health, sizeBytes } };
    expect(judge('pool', { status: unseen })).toMatchObject({
      level: 'UNKNOWN',
      message: `pool bench-pool ${health}`,
    });
  });

  it('a pool that is gone: critical, and nothing else is said to be well', () => {
    const gone = {
      ...withProblem('pool-missing').status,
      pool: { ...status.pool, sizeBytes: 0, health: 'MISSING' },
      forecast: null,
    };
    const levels = (['pool', 'space', 'snapshots', 'key', 'drift'] as const).map(
      (name) => judge(name, { status: gone }).level,
    );
    expect(levels).toEqual(['CRITICAL', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN']);
  });
});

describe('the line', () => {
  const finding = (over: Partial<Finding>): Finding => ({
    ...{ bench: 'shop', probe: 'space', level: 'OK', message: 'all is well', perf: [] },
    ...over,
  });

  it('of one bench', () => {
    const numbers = [perf('used', 5, 'B', { warning: 8, critical: 9, max: 10 }), perf('snapshots', 3, '')];
    expect(checkLine('OK', [finding({ perf: numbers }), finding({ message: 'more' })])).toBe(
      "BENCH OK - shop: all is well; more | 'used'=5B;8;9;0;10 'snapshots'=3;;;0",
    );
  });

  it('of several tells what is wrong, the worst first, and names each', () => {
    const found = [
      finding({ perf: [perf('used', 1, 'B')] }),
      finding({ bench: 'wiki', level: 'WARNING', message: 'soon' }),
      finding({ bench: 'wiki', level: 'CRITICAL', message: 'a|b\nc' }),
    ];
    expect(checkLine('CRITICAL', found)).toBe(
      "BENCH CRITICAL - wiki: a/b\\nc; wiki: soon | 'shop used'=1B;;;0",
    );
    expect(checkLine('OK', [finding({}), finding({ bench: 'wiki' })])).toBe('BENCH OK - 2 benches');
  });

  it('is one line with one bar, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (message, bench) => {
        const line = checkLine('OK', [finding({ message, bench, perf: [perf('x', 1, '')] })]);
        expect(line.split('\n')).toHaveLength(1);
      }),
    );
  });

  it('has the worst state of all, and none without findings', () => {
    expect(worst(['OK', 'UNKNOWN', 'WARNING'])).toBe('WARNING');
    expect(worst(['OK', 'UNKNOWN'])).toBe('UNKNOWN');
    expect(worst([])).toBe('UNKNOWN');
    expect(LEVELS.map((level) => LEVELS.indexOf(level))).toEqual([0, 1, 2, 3]);
  });
});

test.each([
  ['90m', 5400],
  ['28h', 100_800],
  ['7d', 604_800],
  ['45s', 45],
])('an age of %s', (text, seconds) => {
  expect(parseAge(text)).toBe(seconds);
});

test.each(['', '0m', '5', '1.5h', '-1h', '1w'])('%j is no age', (text) => {
  expect(() => parseAge(text)).toThrow(expect.objectContaining({ code: 'age-invalid' }));
});

describe('proofs', () => {
  const proof = (hours: number, verdict: Proof['verdict'] = 'ok'): Proof => ({
    ...{
      tag: 't',
      verdict,
      at: NOW.toISOString(),
      level: 'normal',
      reason: verdict === 'ok' ? null : 'Corrupt',
    },
    createdAt: hoursAgo(hours),
  });
  const DAY_MS = 24 * 3_600_000;

  it.each<[string, Proof[], number | undefined, Level]>([
    ['young enough', [proof(23)], DAY_MS, 'OK'],
    ['too old', [proof(25)], DAY_MS, 'WARNING'],
    ['twice as old', [proof(49)], DAY_MS, 'CRITICAL'],
    ['of any age where bench.toml does not say', [proof(999)], undefined, 'OK'],
    ['damaged', [proof(1, 'damaged'), proof(2)], DAY_MS, 'CRITICAL'],
    ['of the future', [proof(-1)], DAY_MS, 'UNKNOWN'],
    ['not there, and asked for', [], DAY_MS, 'WARNING'],
    ['not there yet', [], undefined, 'UNKNOWN'],
  ])('the newest is %s', (_, proofs, maxAgeMs, level) => {
    expect(judge('verify', { proven: { proofs, maxAgeMs } }).level).toBe(level);
  });

  it('are no drift, and unknown where nobody wants any', () => {
    expect(judge('drift', withProblem('proof-old', 'snapshot-bad')).level).toBe('OK');
    expect(judge('verify').level).toBe('UNKNOWN');
  });
});

describe('clones', () => {
  const clone: NonNullable<Status['clone']> = {
    ...{ source: 'shop', tag: 't', template: null, state: 'ready', independent: false },
    ...{ expiresAt: null, protected: false },
  };
  const of = (over: Partial<typeof clone>, more: Partial<Status> = {}) =>
    judge('clones', { status: { ...status, clone: { ...clone, ...over }, ...more } });
  const over = hoursAgo(1.5).toISOString();

  it.each<[string, Partial<typeof clone>, Level]>([
    ['without an end', {}, 'OK'],
    ['over a moment ago, for the next sweep', { expiresAt: hoursAgo(0.5).toISOString() }, 'OK'],
    ['over, and still there', { expiresAt: over }, 'WARNING'],
    ['protected', { expiresAt: over, protected: true }, 'OK'],
    ['promoted', { expiresAt: over, independent: true }, 'OK'],
  ])('one that is %s', (_, marks, level) => {
    expect(of(marks).level).toBe(level);
  });

  it('one that is not prepared is told here, and no drift', () => {
    const { status: found } = withProblem('clone-unfinished');
    expect(judge('clones', { status: { ...found, clone } })).toMatchObject({ level: 'WARNING' });
    expect(judge('drift', { status: found }).level).toBe('OK');
  });

  it('those of a bench are named and counted', () => {
    const { message, perf: numbers } = judge('clones', { status: { ...status, clones: ['try', 'two'] } });
    expect(message).toBe('cloned as try, two');
    expect(numbers).toMatchObject([{ label: 'clones', value: 2 }]);
    expect(judge('clones').message).toBe('no clones');
  });

  it('need no snapshots, unless they have a schedule or are benches made from a template', () => {
    const old = aged(99).status;
    const at = (marks: Partial<typeof clone>, timed: Status['schedule']) =>
      judge('snapshots', { ...aged(99), status: { ...old, clone: { ...clone, ...marks }, schedule: timed } })
        .level;
    expect(at({}, null)).toBe('OK');
    expect(at({}, schedule)).toBe('CRITICAL');
    expect(at({ template: 'base' }, null)).toBe('CRITICAL');
    expect(at({ independent: true }, null)).toBe('CRITICAL');
  });
});
