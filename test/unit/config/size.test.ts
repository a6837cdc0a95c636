import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSize, humanSize, parseSize } from '../../../src/config/size.js';
import { EXIT, UsageError } from '../../../src/errors.js';

const G = 1024 ** 3;

describe('parseSize', () => {
  it.each([
    ['60G', 60 * G],
    ['60g', 60 * G],
    ['1536M', 1536 * 1024 ** 2],
    ['4k', 4096],
    ['2T', 2 * 1024 ** 4],
    ['1', 1],
    [1073741824, G],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%j is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    '',
    '0',
    '0G',
    '-1G',
    '+1G',
    '1.5G',
    '1e3',
    '60GB',
    '60Gi',
    '60 G',
    ' 60G',
    '60G ',
    '60G\n',
    '60G\r',
    '060G',
    '1P',
    'G',
    '６０G',
    '0x10',
    '9007199254740992',
    '9999T',
    '1_000',
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
  ])('refuses %j', (text) => {
    expect(() => parseSize(text)).toThrow(UsageError);
    expect(() => parseSize(text)).toThrow(
      expect.objectContaining({ code: 'size-invalid', exitCode: EXIT.usage }),
    );
  });
});

describe('formatSize', () => {
  it('is exact: parsing gives back every number of bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
  });

  it('gives back every size written in the usual way', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1023 }),
        fc.constantFrom('', 'K', 'M', 'G', 'T'),
        (number, unit) => {
          expect(formatSize(parseSize(`${number}${unit}`))).toBe(`${number}${unit}`);
        },
      ),
    );
  });

  it.each([
    [60 * G, '60G'],
    [1.5 * G, '1536M'],
    [G + 1, '1073741825'],
    [1024 ** 4, '1T'],
  ])('%d is %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe('humanSize', () => {
  it.each([
    [0, '0B'],
    [1, '1B'],
    [1023, '1023B'],
    [1024, '1.0K'],
    [5 * G, '5.0G'],
    [9.94 * G, '9.9G'],
    [9.96 * G, '10G'],
    [100 * G, '100G'],
    [124 * 1024 ** 2, '124M'],
    [1023.7 * 1024 ** 2, '1.0G'],
    [1023.4 * 1024 ** 2, '1023M'],
    [3 * 1024 ** 5, '3.0P'],
  ])('%d is %s', (bytes, text) => {
    expect(humanSize(bytes)).toBe(text);
  });
});
