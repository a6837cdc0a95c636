import { describe, expect, test } from 'vitest';
import type { CloneNote } from '../../../src/bench/bench.js';
import { refuseTaken } from '../../../src/clone/volumes.js';
import type { RefusedError } from '../../../src/errors.js';
import type { Volume } from '../../../src/registry/registry.js';
import type { Dataset } from '../../../src/zfs/zfs.js';
import { block, pool } from '../volumes/registry.js';

const UPLOADS = block({ name: 'uploads' });
const NOTE = { bench: 'try', snapshot: 'tank/shop@now' } as CloneNote;
const MADE = { name: 'tank/try' } as Dataset;
const NEW = { note: undefined, dataset: undefined };
const CUT_OFF = { note: NOTE, dataset: MADE };

describe('a volume that has the name of the copy', () => {
  const codeFor = (changed: Partial<Volume>, begun: Parameters<typeof refuseTaken>[3]) => {
    const origin = `${UPLOADS.dataset}@now`;
    const present = block({ name: 'uploads-try', madeBy: 'clone', origin, ...changed });
    try {
      refuseTaken('uploads-try', UPLOADS, pool([UPLOADS, present]), begun);
      return undefined;
    } catch (error) {
      return (error as RefusedError).code;
    }
  };

  test('goes on where this clone was cut off behind it', () => {
    expect(codeFor({}, CUT_OFF)).toBeUndefined();
    const attachment = { bench: 'try', path: 'sites/uploads', mode: 'rw', since: '' } as const;
    expect(codeFor({ attachments: [attachment] }, CUT_OFF)).toBeUndefined();
  });

  test('is not taken by a clone that was not cut off: an older one has left it, or somebody has made it', () => {
    expect(codeFor({}, NEW)).toBe('volume-exists');
  });

  test('is not taken where it is of another moment, or the clone had not come to its copies', () => {
    expect(codeFor({ origin: `${UPLOADS.dataset}@before` }, CUT_OFF)).toBe('volume-exists');
    expect(codeFor({ origin: undefined }, CUT_OFF)).toBe('volume-exists');
    expect(codeFor({}, { note: NOTE, dataset: undefined })).toBe('volume-exists');
  });

  test('is not taken from another bench', () => {
    const attachment = { bench: 'other', path: 'sites/uploads', mode: 'rw', since: '' } as const;
    expect(codeFor({ attachments: [attachment] }, CUT_OFF)).toBe('volume-exists');
  });

  test('is made anew where it never became whole', () => {
    expect(codeFor({ state: 'half-made' }, NEW)).toBeUndefined();
  });
});
