import { at, commentsBelow, eolOf, line, lineStart, type Splice, tableEnd } from './splice.js';
import type { Outline, TableEntry } from './toml-ast.js';
import type { TomlValue } from './toml-value.js';

/** Writes one more `[[list]]`: behind the last one, else at the end, with a blank line before it. */
export function appendEntry(
  text: string,
  doc: Outline,
  list: string,
  values: Readonly<Record<string, TomlValue>>,
): Splice {
  const eol = eolOf(text);
  const last = doc.tables.findLast(({ path }) => path[0] === list);
  const position = last === undefined ? text.length : commentsBelow(text, tableEnd(text, last));
  const before = text.slice(0, position);
  const lines = [`[[${list}]]`, ...Object.entries(values).map(([key, value]) => line('', [key], value))];
  const gap = before === '' ? '' : before.endsWith('\n') ? eol : eol + eol;
  // A missing final newline stays missing.
  const end = before !== '' && position === text.length && !before.endsWith('\n') ? '' : eol;
  return at(position, gap + lines.join(eol) + end);
}

/** Removes an entry with its lines, and the blank line before it, which {@link appendEntry} has written. */
export function removeEntry(text: string, table: TableEntry): Splice {
  const eol = eolOf(text);
  const end = tableEnd(text, table);
  const endsFile = end === text.length;
  let start = lineStart(text, table.node.range[0]);
  if (endsFile && !text.endsWith('\n') && start > 0) start -= eol.length;
  const before = text.slice(0, start);
  const after = text.slice(end);
  const isParted =
    before.endsWith(eol) && (before === eol || before.endsWith(eol + eol) || !text.endsWith('\n'));
  if (isParted && (endsFile || /^[ \t]*\r?\n/.test(after))) start -= eol.length;
  return { start, end, text: '' };
}
