import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Attachment,
  attachmentOf,
  refuseAttached,
  refuseInUse,
  type Wanted,
} from '../../../src/registry/registry.js';

const since = '2026-11-24T10:15:00.000Z';
const modes = fc.constantFrom('rw' as const, 'ro' as const, 'overlay' as const);

test('whatever is asked in whatever order: one writer, or any number of readers, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(modes, { maxLength: 20 }), (asked) => {
      const volume = { name: 'data', shared: false, attachments: [] as Attachment[] };
      asked.forEach((mode, index) => {
        const wanted: Wanted = { bench: `b${index}`, mode };
        try {
          refuseInUse(volume, wanted);
        } catch (error) {
          expect(error).toMatchObject({ code: 'volume-in-use', exitCode: 3 });
          expect((error as Error).message).toContain(volume.attachments[0]?.mode);
          return;
        }
        volume.attachments.push({ bench: `b${index}`, path: 'p', mode, since });
      });
      const writers = volume.attachments.filter(({ mode }) => mode === 'rw');
      expect(writers.length === 0 || volume.attachments.length === 1).toBe(true);
      if (asked.length > 0) expect(volume.attachments.length).toBeGreaterThan(0);
    }),
  );
});

test('a filesystem made with --shared may have several writers', () => {
  const attachments: Attachment[] = [{ bench: 'a', path: 'p', mode: 'rw', since }];
  expect(() =>
    refuseInUse({ name: 'data', shared: true, attachments }, { bench: 'b', mode: 'rw' }),
  ).not.toThrow();
});

test('a bench and a machine of one name are two', () => {
  const attachments: Attachment[] = [{ machine: 'shop', drive: 'vdb', mode: 'ro', since }];
  expect(attachmentOf({ attachments }, { bench: 'shop' })).toBeUndefined();
  expect(attachmentOf({ attachments }, { machine: 'shop' })).toBe(attachments[0]);
});

test('a volume whose attachments cannot be read may be somebody’s; damaged labels are in nobody’s way', () => {
  const refuse = (...damaged: string[]) =>
    refuseAttached({ name: 'data', dataset: 'tank/_volumes/data', attachments: [], damaged }, 'deleted');
  expect(() => refuse('bench:labels', 'bench:attachments')).toThrow(
    'tank/_volumes/data has properties that bench cannot read: bench:attachments. Nothing was changed.',
  );
  expect(() => refuse('bench:labels', 'bench:history')).not.toThrow();
});
