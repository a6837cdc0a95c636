import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { appendToBytes, bindLine, parseFstab } from '../../../src/host/fstab.js';
import { decodeNote, encodeNote } from '../../../src/zfs/marks.js';
import { RUNS } from './runs.js';
import { cleaned, hostile, legalPath } from './text.js';

test('a note comes back as it was, and is kept in letters that no program splits at', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: 'grapheme' })), (text) => {
      const note = text.replace(/\p{Surrogate}/gu, '');
      const stored = encodeNote(note);
      expect(stored).toMatch(/^[A-Za-z0-9_.%-]*$/);
      expect(stored).not.toBe('-');
      expect(decodeNote(stored)).toBe(note);
    }),
    { numRuns: RUNS },
  );
});

describe('fstab', () => {
  test('has six fields for every pair of paths, and says both as they are', () => {
    fc.assert(
      fc.property(legalPath.map(cleaned), legalPath.map(cleaned), (source, target) => {
        const line = bindLine(source, target);
        expect(line.split(/[ \t\r\n]+/)).toHaveLength(6);
        expect(line).not.toContain('#');
        expect(parseFstab(line)).toMatchObject([{ source, target }]);
      }),
      { numRuns: RUNS },
    );
  });

  test('keeps every other byte, whatever it holds', () => {
    const line = bindLine('/bench-pool/shop/benches', '/srv/bänches/shop');
    const text = fc.oneof(
      hostile,
      fc.constantFrom('/dev/sda / ext4 defaults 0 1\n', 'tmpfs /tmp tmpfs\r\n', '# x'),
    );
    const bytes = fc.oneof(
      text.map((each) => Buffer.from(each)),
      fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
    );
    fc.assert(
      fc.property(
        fc.array(bytes, { maxLength: 4 }).map((parts) => Buffer.concat(parts)),
        (before) => {
          const after = appendToBytes(before, line);
          expect(after.subarray(0, before.length)).toEqual(before);
          const added = after.subarray(before.length).toString('utf8');
          expect(added.trim()).toBe(line);
          // On a line of its own.
          const isOpen = before.length > 0 && before.at(-1) !== 0x0a;
          expect(/^\r?\n/.test(added)).toBe(isOpen);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
