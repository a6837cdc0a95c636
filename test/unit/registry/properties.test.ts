import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAttachments, decodeHistory, decodeLabels } from '../../../src/registry/properties.js';
import {
  ATTACHMENT_MARKS,
  type Attachment,
  attachmentProperties,
  HISTORY_LENGTH,
  historyProperty,
  textProperties,
} from '../../../src/registry/registry.js';

const since = '2026-11-24T10:15:00.000Z';
const reader = (bench: string): Attachment => ({ bench, path: 'sites/files', mode: 'ro', since });
const pieces = (properties: Record<string, string>) => ATTACHMENT_MARKS.map((mark) => properties[mark] ?? '');

describe('attachments', () => {
  test('come back as they were, whatever they are called', () => {
    const some = fc.array(
      fc.record({
        bench: fc.string({ unit: 'binary' }),
        path: fc.string(),
        mode: fc.constant('rw' as const),
        since: fc.constant(since),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(some, (attachments) => {
        const clean = attachments.filter(({ bench }) => !/\p{Surrogate}/u.test(bench));
        const properties = attachmentProperties(clean);
        for (const value of Object.values(properties)) expect(value).toMatch(/^[A-Za-z0-9_.%-]*$/);
        expect(decodeAttachments(pieces(properties))).toEqual(clean);
      }),
    );
  });

  test('two hundred readers fit, in pieces that ZFS takes', () => {
    const many = Array.from({ length: 200 }, (_, index) => reader(`bench-${index}`));
    const properties = attachmentProperties(many);
    expect(Object.values(properties).every((value) => value.length < 8192)).toBe(true);
    expect(decodeAttachments(pieces(properties))).toEqual(many);
  });

  test('more than fit are refused', () => {
    const many = Array.from({ length: 2000 }, (_, index) => reader(`bench-${index}`));
    expect(() => attachmentProperties(many)).toThrow(/1999 attachments: no more/);
  });

  test.each([
    '',
    'x',
    '%5B',
    '{}',
    '[1]',
    '[{"bench":"a"}]',
    '[{"bench":"a","path":"p","mode":"all","since":"now"}]',
  ])('%j is nothing that bench has written', (stored) => expect(decodeAttachments([stored])).toBeUndefined());
});

test('of the history the newest are kept, as many as fit', () => {
  const past = Array.from({ length: 40 }, (_, index) => ({ ...reader(`b${index}`), until: since }));
  const kept = decodeHistory(historyProperty(past)['bench:history'] ?? '');
  expect(kept).toEqual(past.slice(0, HISTORY_LENGTH));
  const long = past.map((each) => ({ ...each, path: 'é'.repeat(60) }));
  const fewer = decodeHistory(historyProperty(long)['bench:history'] ?? '');
  expect(fewer?.length).toBeGreaterThan(10);
  expect(fewer).toEqual(long.slice(0, fewer?.length));
});

test('texts that ZFS would not take are refused; nothing is set for none', () => {
  expect(textProperties({ description: '', labels: {} })).toEqual({});
  expect(decodeLabels(textProperties({ labels: { tier: 'göld\n' } })['bench:labels'] ?? '')).toEqual({
    tier: 'göld\n',
  });
  expect(() => textProperties({ description: 'é'.repeat(1400) })).toThrow(/description would take/);
  expect(() => textProperties({ labels: { a: 'x'.repeat(9000) } })).toThrow(/labels would take/);
});
