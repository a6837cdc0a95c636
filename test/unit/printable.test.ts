import { describe, expect, test } from 'vitest';
import { onOneLine, printable } from '../../src/printable.js';

describe('text of anybody', () => {
  test.each([
    ['plain, 100 % Übergröße 👩‍💻', 'plain, 100 % Übergröße 👩‍💻'],
    ['\u001b[2J', '\\x1b[2J'],
    ['a\rb\tc\0', 'a\\rb\\tc\\x00'],
    ['\u009b31m\u007f', '\\x9b31m\\x7f'],
    ['\u202egpj.exe\u2028', '\\u202egpj.exe\\u2028'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('keeps its lines, or is one', () => {
    expect(printable('a\nb')).toBe('a\nb');
    expect(onOneLine('a\nNext: b')).toBe('a\\nNext: b');
  });
});
