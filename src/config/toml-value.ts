import { BenchError } from '../errors.js';

export type TomlValue = string | number | boolean | string[];
export type QuoteStyle = 'basic' | 'literal';

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** A value as TOML. Throws {@link BenchError} `config-edit-failed` for what TOML cannot hold exactly. */
export function renderValue(value: TomlValue, style: QuoteStyle = 'basic'): string {
  if (typeof value === 'string') return renderString(value, style);
  if (typeof value === 'number') return renderNumber(value);
  if (typeof value === 'boolean') return String(value);
  return `[${value.map((item) => renderString(item, style)).join(', ')}]`;
}

/** One part of a key: bare where TOML allows it. */
export function renderKeyPart(part: string): string {
  return /^[A-Za-z0-9_-]+$/.test(part) ? part : renderString(part, 'basic');
}

export function renderString(value: string, style: QuoteStyle): string {
  if (/\p{Surrogate}/u.test(value)) {
    throw new BenchError(
      'config-edit-failed',
      'A text with half a surrogate pair cannot be written as UTF-8.',
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a literal string can hold none of them.
  if (style === 'literal' && !/['\u0000-\u001f\u007f]/.test(value)) return `'${value}'`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be escaped.
  const escaped = value.replace(/["\\\u0000-\u001f\u007f]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return ESCAPES[character] ?? `\\u${code}`;
  });
  return `"${escaped}"`;
}

function renderNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  // Digits alone would be read back as an integer, and beyond 2^53 not as the same number.
  if (/^-?\d+$/.test(text) && !Number.isSafeInteger(value)) return `${text}.0`;
  return text;
}
