import fc from 'fast-check';

/** What has broken programs before. */
const CLASSICS = [
  '',
  '-',
  '--',
  '-rf',
  '-oProxyCommand=id',
  '--help',
  '--all',
  '.',
  '..',
  '../..',
  '/',
  '//',
  '/..',
  '/etc/../etc/passwd',
  '@',
  'shop@',
  '@x',
  'a/b',
  '%',
  '%s%n',
  'a%b',
  '%2e%2e%2f',
  "'",
  '"',
  '\\',
  '`id`',
  '$(id)',
  '$HOME',
  '; id',
  '| id',
  '&',
  '*',
  '?',
  '~',
  '#',
  ' ',
  ' shop',
  'shop ',
  '\t',
  '\n',
  'shop\n',
  'a\nNext: rm -rf /',
  '\r',
  '\0',
  'shop\0',
  '\u001b[2J',
  '\u001b]0;x\u0007',
  '\u009b2J',
  '\u007f',
  '\u202egpj.exe',
  '\u2028',
  '\ufeffshop',
  '\u00a0',
  // Look-alikes: Cyrillic, full width, Kelvin, long s, a dot and a slash that are none, a dash that is none.
  'ѕhop',
  'ｓhop',
  '\u212a',
  'ſhop',
  '\u2024\u2024',
  'a\u2044b',
  '\u2010rf',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  '0',
  '-1',
  '1e9',
  '٣',
] as const;

const classic = fc.constantFrom(...CLASSICS);
/** A NUL and half a surrogate pair as well. */
const any = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }),
);
const long = fc
  .tuple(fc.constantFrom('a', '-', '../', 'ä', '/a'), fc.integer({ min: 41, max: 9000 }))
  .map(([unit, count]) => unit.repeat(count).slice(0, 9000));

/** Anything that somebody could put in the place of a name, a path or a note. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: classic },
  { weight: 3, arbitrary: any },
  { weight: 1, arbitrary: long },
);

/** The same, and what is nearly or quite right: `legal` with something hostile in it, and as it is. */
export function nearly(legal: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const place = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));
  const spoilt = fc.tuple(legal, hostile, place).map(([right, wrong, at]) => {
    const index = Math.round(at * right.length);
    return right.slice(0, index) + wrong + right.slice(index);
  });
  return fc.oneof(
    { weight: 2, arbitrary: hostile },
    { weight: 3, arbitrary: spoilt },
    { weight: 3, arbitrary: legal },
  );
}

/** One part of a name in the letters that any of bench's names may have. */
export const legalName: fc.Arbitrary<string> = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,30}$/);

/** With everything that a path may hold without being refused: blanks, quotes, percent, backslash. */
export const legalPath: fc.Arbitrary<string> = fc
  .array(
    fc
      .oneof(
        fc.stringMatching(/^[A-Za-z0-9_.%#'"\\$ @;=-]{1,12}$/),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }),
      )
      .map((part) => part.replace(/[/\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '_'))
      .filter((part) => part !== '..'),
    { minLength: 1, maxLength: 4 },
  )
  .chain((parts) =>
    fc
      .constantFrom('/', '/', '//', '/./')
      .map((slash) => `/${parts.join(slash)}${slash === '//' ? slash : ''}`),
  )
  .filter((path) => !/^[/.]*$/.test(path));

/** A path as bench uses it: no double, trailing or dotted parts. */
export function cleaned(path: string): string {
  return `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
}
