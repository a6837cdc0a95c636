import { describe, expect, test } from 'vitest';
import { judgeCopies } from '../../../src/check/copies.js';
import { type Verdicts, withBad, withGood } from '../../../src/offsite/verdicts.js';
import { chainOfDays, daysAgo, NOW } from './copies.js';

const chain = chainOfDays(1, [3, 2, 1]);
const [full, middle, last] = chain.map(({ id }) => id) as [string, string, string];
const verdictsOf = (verdicts: Verdicts) =>
  [full, middle, last].map((id) => `${verdicts[id]?.verdict} ${verdicts[id]?.level}`);

describe('what a closer look has found bad', () => {
  const before = withBad({}, chain.slice(2), 'boot', { copy: { id: last }, reason: 'a table is damaged' });

  test.each(['head', 'hash', 'stream'] as const)('stays bad when %s finds nothing', (level) => {
    expect(verdictsOf(withGood(before, chain, level))).toEqual([`ok ${level}`, `ok ${level}`, 'bad boot']);
  });

  test('stays bad when a lighter one has found its base bad, and good again', () => {
    const missing = { copy: { id: full }, reason: 'a part is missing' };
    const after = withGood(withBad(before, chain, 'head', missing), chain, 'head');
    expect(verdictsOf(after)).toEqual(['ok head', 'ok head', 'bad boot']);
  });

  test('is good again when as close a look says so', () => {
    expect(verdictsOf(withGood(before, chain, 'boot'))).toEqual(['ok boot', 'ok boot', 'ok boot']);
  });
});

describe('what builds on a bad one', () => {
  const found = withBad(withGood({}, chain, 'boot'), chain, 'hash', {
    copy: { id: middle },
    reason: 'a part is missing',
  });

  test('is bad, too', () => {
    expect(verdictsOf(found)).toEqual(['ok boot', 'bad hash', 'bad hash']);
    expect(found[middle]?.reason).toBe('a part is missing');
    expect(found[last]?.reason).toBe(`builds on ${middle}, which is bad: a part is missing`);
  });

  test('is what a check tells of the last copy', () => {
    const copy = {
      ...{ url: 's3://a/b', id: last, kind: 'incremental' as const, tag: 'tag-3', guid: '3' },
      ...{ createdAt: daysAgo(1).toISOString(), finishedAt: daysAgo(1).toISOString() },
      ...{ streamBytes: 1, storedBytes: 1 },
    };
    const record = { version: 1 as const, push: null, copy, verdicts: found };
    const limits = () => ({ warning: 1e9, critical: 1e9 });
    expect(judgeCopies({ record, due: [] }, NOW, limits)).toMatchObject({
      level: 'CRITICAL',
      message: expect.stringContaining(middle),
    });
  });
});
