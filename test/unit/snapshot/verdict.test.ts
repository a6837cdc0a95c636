import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordVerdict, type Verdict, verdictOf, verdictText } from '../../../src/snapshot/verdict.js';
import { decodeNote } from '../../../src/zfs/marks.js';

const AT = '2026-11-24T03:00:00.000Z';

test('a verdict comes back from the property that it is kept in, whatever MariaDB has said', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('ok', 'damaged', 'differs'),
      fc.constantFrom('quick', 'normal', 'extended'),
      fc.option(fc.string({ unit: 'binary', maxLength: 300 })),
      (verdict, level, reason) => {
        const wanted = { verdict, at: AT, level, reason } as Verdict;
        const [, , pair = '', name] = recordVerdict('a/b@c', wanted).argv;
        expect(name).toBe('a/b@c');
        expect(pair).toMatch(/^bench:verified=[A-Za-z0-9_.%-]+$/);
        const stored = pair.slice('bench:verified='.length);
        expect(verdictOf({ verified: decodeNote(stored) })).toEqual(wanted);
      },
    ),
  );
});

test('ZFS keeps 8191 bytes: a reason that is longer is cut', () => {
  const long = { verdict: 'damaged', at: AT, level: 'normal', reason: '€'.repeat(5000) } as const;
  expect(recordVerdict('a/b@c', long).argv[2]?.length).toBeLessThan(8192);
  expect(verdictText(long)).toHaveLength(`damaged:${AT}:normal:`.length + 500);
});

test.each(['', 'ok', 'ok:yesterday:normal', `fine:${AT}:normal`])('%j is no verdict', (verified) => {
  expect(verdictOf({ verified })).toBeUndefined();
});
