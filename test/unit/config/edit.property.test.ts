import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { type ConfigChange, editText } from '../../../src/config/edit.js';
import { BenchError } from '../../../src/errors.js';
import { keyPart, type Sample, sample, writtenKey } from './random-toml.js';

const RUNS = Number(process.env.BENCH_PROPERTY_RUNS ?? 500);

const value: fc.Arbitrary<string | number | boolean | string[]> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).map((text) => text.replace(/\p{Surrogate}/gu, '')),
  fc.constantFrom('60G', '', "it's", '"', '\\', '\n', '"""', '# x', '\u007f'),
  fc.maxSafeInteger(),
  fc.double(),
  fc.boolean(),
  fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }),
);

type Plain = Map<string, unknown>;

/** Independent of the code under test: tables as maps, everything else as text that tells it apart. */
function plain(item: unknown): unknown {
  if (item instanceof Date) return `date ${item.toISOString()}`;
  if (Array.isArray(item)) return item.map(plain);
  if (typeof item === 'object' && item !== null)
    return new Map(Object.entries(item).map(([k, v]) => [k, plain(v)]));
  if (typeof item === 'number') return Object.is(item, -0) ? 'number -0' : `number ${item}`;
  return `${typeof item} ${String(item)}`;
}

function read(text: string): Plain | undefined {
  try {
    return plain(parse(text.replace(/^\ufeff/, ''), { integersAsBigInt: 'asNeeded' })) as Plain;
  } catch {
    return undefined;
  }
}

/** The document with the change, or undefined where something else than tables lies on the way. */
function changed(document: Plain, path: string[], to: unknown): Plain | undefined {
  const [part = '', ...rest] = path;
  const old = document.get(part);
  const copy = new Map(document);
  if (rest.length === 0) {
    if (old instanceof Map) return undefined;
    return copy.set(part, plain(to));
  }
  if (old !== undefined && !(old instanceof Map)) return undefined;
  const inner = changed((old as Plain | undefined) ?? new Map(), rest, to);
  return inner === undefined ? undefined : copy.set(part, inner);
}

function lookup(document: Plain, path: string[]): unknown {
  return path.reduce<unknown>((at, part) => (at instanceof Map ? at.get(part) : undefined), document);
}

/** `longer` is `shorter` with one piece put in somewhere. */
function isInsertion(shorter: string, longer: string): boolean {
  let prefix = 0;
  while (prefix < shorter.length && shorter[prefix] === longer[prefix]) prefix++;
  return longer.endsWith(shorter.slice(prefix));
}

const dotted = (path: string[]) => path.map((part) => writtenKey(part, 2)).join('.');

function edit(text: string, path: string[], to: ConfigChange['value']): string {
  return editText(text, [{ key: dotted(path), value: to }]);
}

const valid: fc.Arbitrary<{ doc: Sample; document: Plain }> = sample
  .map((doc) => ({ doc, document: read(doc.text) }))
  .filter((pair): pair is { doc: Sample; document: Plain } => pair.document !== undefined);

describe('random documents, random edits', { timeout: 300_000 }, () => {
  it('gives an existing key exactly the new value and keeps every other byte', () => {
    let edits = 0;
    fc.assert(
      fc.property(valid, fc.nat(), value, ({ doc, document }, index, to) => {
        const { path, start, end } = doc.values[index % Math.max(1, doc.values.length)] ?? { path: [] };
        fc.pre(path.length > 0 && start !== undefined && end !== undefined);
        const intended = changed(document, path, to);
        // Keys of array tables, and inline tables that would be replaced by a value.
        fc.pre(intended !== undefined && lookup(document, path) !== undefined);
        const result = edit(doc.text, path, to);
        edits++;
        expect(read(result)).toEqual(intended);
        expect(result.startsWith(doc.text.slice(0, start))).toBe(true);
        expect(result.endsWith(doc.text.slice(end))).toBe(true);
        expect(edit(result, path, to)).toBe(result);
      }),
      { numRuns: RUNS },
    );
    expect(edits).toBeGreaterThan(RUNS / 2);
  });

  it('keeps the comments of a list over several lines, but for those behind what is removed', () => {
    const items = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', '#,', "'"), { maxLength: 5 });
    const space = fc.constantFrom('', ' ', '\n', '\n  ', '\n\n\t', ' # x\n', '\n # y\n ', ' # z\n# ], "a"\n');
    const layout = fc.array(space, { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(items, items, layout, fc.boolean(), fc.boolean(), (before, after, spaces, comma, crlf) => {
        let count = 0;
        const gap = (index: number) => (spaces[index] ?? '').replace(/#/g, () => `#${count++}`);
        const parts = before.map((item, index) => {
          const last = index === before.length - 1 && !comma;
          return `${gap(2 * index)}${JSON.stringify(item)}${gap(2 * index + 1)}${last ? '' : ','}`;
        });
        const text = `k = [\n${parts.join('')}${gap(11)}] # end\n`.replace(/\n/g, crlf ? '\r\n' : '\n');
        const result = edit(text, ['k'], after);
        expect(read(result)?.get('k')).toEqual(plain(after));
        if (crlf) expect(result).not.toMatch(/[^\r]\n/);
        const comments = (of: string) => of.replace(/"(#,)?[^"\n]*"(?=[\s,\]#])/g, '').match(/#\d+/g) ?? [];
        const own = text.split('\n').filter((line) => line.trim().startsWith('#'));
        const kept = before.every((item) => after.includes(item)) ? text : own.join('\n');
        expect(comments(result)).toEqual(expect.arrayContaining(comments(kept)));
      }),
      { numRuns: RUNS },
    );
  });

  it('adds a missing key by adding one piece of text', () => {
    let edits = 0;
    const newKey = fc.tuple(fc.nat(), fc.array(keyPart, { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(valid, newKey, value, ({ doc, document }, [index, rest], to) => {
        const path = [...(doc.tables[index % (doc.tables.length + 1)] ?? []), ...rest];
        const intended = changed(document, path, to);
        fc.pre(intended !== undefined && lookup(document, path) === undefined);
        const result = edit(doc.text, path, to);
        edits++;
        expect(read(result)).toEqual(intended);
        expect(isInsertion(doc.text, result)).toBe(true);
        // A document of CRLF lines stays one; bare newlines would come from us.
        if (doc.eol === '\r\n' && doc.text.includes('\r\n')) expect(result).not.toMatch(/[^\r]\n/);
        // Adding and removing again gives every byte back, but for a table that was made for the key.
        const again = edit(result, path, undefined);
        expect(isInsertion(doc.text, again)).toBe(true);
      }),
      { numRuns: RUNS },
    );
    expect(edits).toBeGreaterThan(RUNS / 2);
  });

  it('removes a key by removing one piece of text', () => {
    fc.assert(
      fc.property(valid, fc.nat(), ({ doc, document }, index) => {
        const { path } = doc.values[index % Math.max(1, doc.values.length)] ?? { path: [] };
        fc.pre(
          path.length > 0 && !(lookup(document, path) instanceof Map) && lookup(document, path) !== undefined,
        );
        const result = edit(doc.text, path, undefined);
        expect(lookup(read(result) ?? new Map([[path[0] ?? '', 'unreadable']]), path)).toBeUndefined();
        expect(isInsertion(result, doc.text)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('never gives anything but the intended document or an error of its own', () => {
    const anyPath = fc.array(keyPart, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(valid, anyPath, value, ({ doc, document }, path, to) => {
        try {
          const after = read(edit(doc.text, path, to));
          expect(isDeepStrictEqual(after, changed(document, path, to))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(BenchError);
          const old = lookup(document, path);
          // A list may be written as [[headers]]; no value can take their place.
          const tables = Array.isArray(old) && old.some((item) => item instanceof Map);
          expect(tables || changed(document, path, to) === undefined).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
