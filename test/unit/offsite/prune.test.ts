import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../src/config/config.js';
import { chainOf } from '../../../src/offsite/copies.js';
import { judgeCopies } from '../../../src/offsite/judge-copies.js';
import { MANIFEST } from '../../../src/offsite/layout.js';
import type { Manifest } from '../../../src/offsite/manifest.js';
import { type CopyPruneResult, deleteCopies } from '../../../src/offsite/prune.js';
import { StoreError } from '../../../src/offsite/store.js';
import { chainOfDays, copyOf, daysAgo, NOW } from './copies.js';
import { MemoryStore } from './memory-store.js';

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

  test('the last good ones, too, where the newest were found to be bad', () => {
    const verdict = (verdict: 'ok' | 'bad') => ({ verdict, level: 'hash', at: '', reason: null });
    const judge = (verdicts: Parameters<typeof judgeCopies>[3]) =>
      judgeCopies(all, rules({ last: 1 }), NOW, verdicts)
        .filter(({ keptBy }) => keptBy.length > 0)
        .map(({ copy }) => copy.id);
    // What builds on a bad one is bad.
    const verdicts = { 'copy-004': verdict('bad') };
    expect(judge({ verdicts })).toEqual(all.map(({ id }) => id));
    expect(judge({ verdicts: { ...verdicts, 'copy-002': verdict('ok') } })).toHaveLength(all.length);
    expect(judge({ verdicts: { 'copy-006': verdict('bad'), 'copy-002': verdict('ok') } })).toEqual([
      'copy-001',
      'copy-002',
      'copy-004',
      'copy-005',
      'copy-006',
    ]);
  });

  test('what one may build on whose manifest cannot be read', () => {
    const stay = (unread: string) =>
      judgeCopies(all, rules({ last: 1 }), NOW, { unread: [unread] })
        .filter(({ keptBy }) => keptBy.length > 0)
        .map(({ copy }) => copy.id);
    expect(stay('copy-002x-incremental')).toEqual([
      'copy-001',
      'copy-002',
      'copy-004',
      'copy-005',
      'copy-006',
    ]);
    expect(stay('copy-002x-full')).toEqual(['copy-004', 'copy-005', 'copy-006']);
    expect(stay('copy-000-incremental')).toEqual(['copy-004', 'copy-005', 'copy-006']);
  });

  test('all of them while one is from the future', () => {
    expect(going([...all, copyOf(9, -1)], rules({ last: 1 }))).toEqual([]);
  });
});

describe('what the store does not let go', () => {
  const copies = chainOfDays(1, [9, 8, 7]);
  const other = copyOf(9, 6);
  const keyOf = ({ id }: Manifest, name = MANIFEST) => `shop/${id}/${name}`;

  async function deleting(refusing: (key: string) => boolean, lockedUntil?: Date) {
    const store = new MemoryStore();
    const all = [...copies, other];
    for (const copy of all)
      for (const name of [MANIFEST, 'part-000001'])
        store.objects.set(keyOf(copy, name), { bytes: Buffer.from(name), lockedUntil: undefined });
    for (const [key, object] of store.objects) if (refusing(key)) object.lockedUntil = lockedUntil;
    const remove = store.remove.bind(store);
    store.remove = async (key) => {
      if (refusing(key) && lockedUntil === undefined)
        throw new StoreError('denied', `delete ${key}`, 'memory', 'not allowed');
      await remove(key);
    };
    const result: CopyPruneResult = {
      ...{
        bench: 'shop',
        url: 's3://memory',
        dryRun: false,
        copies: [],
        pruned: [],
        removed: [],
        refused: [],
      },
      freedBytes: 0,
    };
    await deleteCopies(store, all, [...all].reverse(), result, () => undefined);
    return { result, left: [...store.objects.keys()] };
  }

  test.each([
    ['may not be deleted', undefined],
    ['is locked', new Date(Date.now() + 3_600_000)],
  ])('keeps what it builds on, where its manifest %s', async (_, lockedUntil) => {
    const [full, middle, last] = copies as [Manifest, Manifest, Manifest];
    const { result, left } = await deleting((key) => key === keyOf(middle), lockedUntil);
    expect(result.pruned).toEqual([other.id, last.id]);
    expect(result.refused.map(({ id }) => id)).toEqual([middle.id, full.id]);
    expect(result.refused[1]?.message).toContain(middle.id);
    expect(left).toEqual([full, middle].flatMap((copy) => [keyOf(copy), keyOf(copy, 'part-000001')]));
  });

  test('keeps nothing where only parts of it are left: it is no copy any more', async () => {
    const { result, left } = await deleting((key) => key === keyOf(copies[1] as Manifest, 'part-000001'));
    expect(result.pruned).toEqual([other.id, copies[2]?.id, copies[0]?.id]);
    expect(left).toEqual([keyOf(copies[1] as Manifest, 'part-000001')]);
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
