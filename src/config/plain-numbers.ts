import type { RawFinding } from './findings.js';
import type { Path } from './toml-ast.js';

/** Keys whose number is digits alone (SPEC section 2): a parser makes one number of `10737418240` and `1.073741824e10`. */
const PLAIN: readonly (readonly string[])[] = [
  ['mariadb', 'port'],
  ['volume', 'image', 'size'],
  ['volume', 'dataset', 'reservation'],
  ['volume', 'dataset', 'quota'],
];

const PLAIN_NUMBER = 'digits alone: no sign, decimals, exponent, "_" or base';
const SHOWN = 40;
const DIGITS = /^[0-9]+$/;
/** A value that begins like a number or a date; between `=` and a value TOML allows blanks and tabs only. */
const NUMBERS = /=[ \t]*([+\-0-9][^\s,#\]}]*)/g;

export function isPlainNumberKey(path: Path): boolean {
  return PLAIN.some((key) => key.length === path.length && key.every((part, index) => part === path[index]));
}

/**
 * Whether a number may be written in another way than digits alone, in any table. It spares the parser that knows
 * positions, which is most of the time of a quick command, and finds too much rather than too little.
 */
export function mayHoldOddNumbers(text: string): boolean {
  return [...text.matchAll(NUMBERS)].some(([, number = '']) => !DIGITS.test(number));
}

/** The numbers of those keys that are written with a sign, decimals, an exponent, `_` or a base. */
export async function oddNumbers(text: string): Promise<RawFinding[]> {
  if (!mayHoldOddNumbers(text)) return [];
  const { outline } = await import('./toml-ast.js');
  return outline(text).keys.flatMap(({ path, node: { value } }) => {
    if (!isPlainNumberKey(path)) return [];
    const isNumber = value.type === 'TOMLValue' && (value.kind === 'integer' || value.kind === 'float');
    const written = text.slice(...value.range);
    if (!isNumber || DIGITS.test(written)) return [];
    return [{ path, value: showNumber(written), message: `must be ${PLAIN_NUMBER}` }];
  });
}

function showNumber(written: string): string {
  return written.length > SHOWN ? `${written.slice(0, SHOWN - 1)}…` : written;
}
