import fc from 'fast-check';

/** A random TOML document, with what it means and where each value is written. */
export interface Sample {
  text: string;
  eol: string;
  /** Every key outside array tables: its path and the range of its value in the text. */
  values: { path: string[]; start: number; end: number }[];
  /** Tables that have a header. */
  tables: string[][];
}

interface Section {
  header: string[] | undefined;
  array: boolean;
  indent: string;
  lines: Line[];
  gap: string[];
}

type Line =
  | { kind: 'text'; text: string }
  | { kind: 'key'; key: string[]; value: string; equals: string; comment: string };

const printable = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/\p{Cc}/gu, '_'));
const comment = printable.map((text) => `#${text}`);
const blanks = fc.constantFrom('', ' ', '  ', '\t');

export const keyPart = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('volume', 'dataset', 'quota', 'pool', 'a', 'b', 'c-1', '1', 'size', 'true'),
  },
  { weight: 1, arbitrary: printable },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '"',
      "'",
      '\\',
      '#',
      '=',
      '[x]',
      'é',
      '.',
      '__proto__',
      'constructor',
    ),
  },
);

/** Written bare, basic or literal, whichever is possible. */
export function writtenKey(part: string, style: number): string {
  if (style % 3 === 0 && /^[A-Za-z0-9_-]+$/.test(part)) return part;
  if (style % 3 === 1 && !part.includes("'")) return `'${part}'`;
  return `"${part.replace(/["\\]/g, '\\$&')}"`;
}

const scalar = fc.oneof(
  fc.constantFrom(
    '1',
    '0',
    '+99',
    '0xff',
    '1_000',
    '1.5',
    '-0.0',
    'inf',
    'nan',
    'true',
    'false',
    '9223372036854775807',
  ),
  fc.constantFrom('1979-05-27T07:32:00Z', '1979-05-27', '07:32:00', '1979-05-27 07:32:00.5'),
  printable.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`),
  printable.map((text) => `'${text.replaceAll("'", '')}'`),
  fc.constantFrom(
    '"""a\n b # no comment\n"""',
    "'''\n[x]\na = 1'''",
    '"""\\\n   x"""',
    '"a # b"',
    '"\\u0041"',
  ),
);

const list = fc
  .tuple(
    fc.array(fc.oneof(scalar, fc.constantFrom('[1, [2]]', '{ a = 1 }')), { maxLength: 4 }),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([items, layout]) => {
    if (layout === 0) return `[${items.join(', ')}]`;
    if (layout === 1) return `[ ${items.join(' , ')} ]`;
    return `[\n${items.map((item) => `  ${item}, # ${layout} ] [x]\n`).join('')}# end\n]`;
  });

const inline = fc
  .uniqueArray(fc.tuple(keyPart, scalar), { maxLength: 3, selector: ([key]) => key })
  .map((pairs) => `{ ${pairs.map(([key, value]) => `${writtenKey(key, 1)} = ${value}`).join(', ')} }`)
  .filter((text) => !text.includes('\n'));

const line: fc.Arbitrary<Line> = fc.oneof(
  fc.record({
    kind: fc.constant('key' as const),
    key: fc.array(keyPart, { minLength: 1, maxLength: 3 }),
    value: fc.oneof({ weight: 4, arbitrary: scalar }, list, inline),
    equals: fc.constantFrom(' = ', '=', '  =\t'),
    comment: fc.oneof(
      fc.constant(''),
      fc.tuple(blanks, comment).map((parts) => parts.join('')),
    ),
  }),
  fc.record({ kind: fc.constant('text' as const), text: fc.oneof(fc.constant(''), blanks, comment) }),
  fc.record({
    kind: fc.constant('text' as const),
    text: fc.constantFrom('# pool = "x"', '#[volume]', '# quota=1'),
  }),
);

const section: fc.Arbitrary<Section> = fc.record({
  header: fc.array(keyPart, { minLength: 1, maxLength: 3 }),
  array: fc.boolean(),
  indent: blanks,
  lines: fc.array(line, { maxLength: 5 }),
  gap: fc.array(fc.oneof(fc.constant(''), comment), { maxLength: 2 }),
});

/** Often invalid (keys twice, tables twice): filter by what the parser accepts. */
export const sample: fc.Arbitrary<Sample> = fc
  .record({
    top: fc.array(line, { maxLength: 3 }),
    sections: fc.array(section, { maxLength: 5 }),
    eol: fc.constantFrom('\n', '\r\n'),
    style: fc.nat(2),
    finalNewline: fc.boolean(),
    bom: fc.boolean(),
  })
  .map(({ top, sections, eol, style, finalNewline, bom }) => {
    const written: Sample = { text: bom ? '\ufeff' : '', eol, values: [], tables: [] };
    const all = [{ header: undefined, array: false, indent: '', lines: top, gap: [] }, ...sections];
    for (const item of all) writeSection(written, item, style);
    if (!finalNewline && written.text.endsWith(eol)) written.text = written.text.slice(0, -eol.length);
    return written;
  });

function writeSection(to: Sample, { header, array, indent, lines, gap }: Section, style: number): void {
  const add = (text: string) => {
    to.text += text.replaceAll('\n', to.eol);
  };
  if (header !== undefined) {
    const name = header.map((part) => writtenKey(part, style)).join('.');
    add(`${indent}${array ? `[[${name}]]` : `[${name}]`}\n`);
    if (!array) to.tables.push(header);
  }
  for (const item of lines) {
    if (item.kind === 'text') {
      add(`${indent}${item.text}\n`);
      continue;
    }
    add(`${indent}${item.key.map((part) => writtenKey(part, style)).join('.')}${item.equals}`);
    const start = to.text.length;
    add(item.value);
    // A key of an array table has no path that a change could name.
    if (!array) to.values.push({ path: [...(header ?? []), ...item.key], start, end: to.text.length });
    add(`${item.comment}\n`);
  }
  for (const text of gap) add(`${text}\n`);
}
