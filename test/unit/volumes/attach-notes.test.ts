import { expect, test } from 'vitest';
import { attachNotes } from '../../../src/volumes/bench-steps.js';
import { block } from './registry.js';

const plain = { name: 'shop', volume: {} };
const encrypted = { name: 'shop', volume: { key: { kind: 'credential', name: 'shop' } as const } };
const rw = { mode: 'rw' } as const;

test('of an encrypted bench it is told once that a volume is not', () => {
  const notes = attachNotes(encrypted, block(), rw, true);
  expect(notes).toEqual([expect.stringContaining('The bench shop is encrypted, and disk is not')]);
  expect(attachNotes(encrypted, block(), rw, false)).toEqual([]);
  expect(attachNotes(encrypted, block({ isEncrypted: true }), rw, true)).toEqual([]);
  expect(attachNotes(plain, block(), rw, true)).toEqual([]);
});

test('whoever writes a shared volume is told that others do', () => {
  const shared = block({ shared: true });
  expect(attachNotes(plain, shared, rw, true)).toEqual([expect.stringContaining('no restore rolls it back')]);
  expect(attachNotes(plain, shared, { mode: 'ro' }, true)).toEqual([]);
});
