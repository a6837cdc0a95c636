import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../src/config/config.js';
import { chainOf } from '../../../src/offsite/copies.js';
import type { Manifest } from '../../../src/offsite/manifest.js';
import { judgeCopies } from '../../../src/offsite/prune.js';
import { chainOfDays, copyOf, daysAgo, NOW } from './copies.js';

const rules = (over: Partial<Record<'last' | 'daily', number>>): Policy => ({
  last: 0,
  hourly: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
  ...over,
});
const going = (copies: readonly Manifest[], policy: Policy | undefined, now = NOW) =>
  judgeCopies(copies, policy, now)
    .filter(({ keptBy }) => keptBy.length === 0)
    .map(({ copy }) => copy.id);

describe('which copies stay', () => {
  const old = chainOfDays(1, [9, 8, 7]);
  const young = chainOfDays(4, [3, 2, 1]);
  const all = [...old, ...young];

  test('what the rules keep, and what that builds on', () => {
    expect(going(all, rules({ last: 1 }))).toEqual(['copy-001', 'copy-002', 'copy-003']);
    const judged = judgeCopies(all, rules({ last: 1 }), NOW);
    expect(judged.at(-1)?.keptBy).toContain('last');
    expect(judged[3]?.keptBy).toEqual(['needed']);
  });

  test('all of them without rules', () => {
    expect(going(all, undefined)).toEqual([]);
  });

  test('what is locked, and what that builds on', () => {
    const locked = old.map((copy, index) =>
      index === 1 ? { ...copy, lockedUntil: daysAgo(-1).toISOString() } : copy,
    );
    expect(going([...locked, ...young], rules({ last: 1 }))).toEqual(['copy-003']);
  });

  test('all of them while one is from the future', () => {
    expect(going([...all, copyOf(9, -1)], rules({ last: 1 }))).toEqual([]);
  });
});

test('no copy that stays ever loses what it builds on, whatever the rules and the chains', () => {
  const chains = fc.array(
    fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1, maxLength: 6 }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  const policy = fc
    .record({ last: fc.nat(4), daily: fc.nat(6) })
    .filter(({ last, daily }) => last + daily > 0);
  fc.assert(
    fc.property(chains, policy, (days, { last, daily }) => {
      const copies = days
        .flatMap((each, index) =>
          chainOfDays(
            index * 10 + 1,
            [...each].sort((a, b) => b - a),
          ),
        )
        .sort((a, b) => a.snapshot.createdAt.localeCompare(b.snapshot.createdAt));
      const gone = new Set(going(copies, rules({ last, daily })));
      const left = copies.filter(({ id }) => !gone.has(id));
      expect(left.length).toBeGreaterThan(0);
      for (const copy of left) expect(chainOf(left, copy)).toBeDefined();
    }),
  );
});
