import type { AST } from 'toml-eslint-parser';
import { renderLines } from './splice-list.js';
import { type KeyEntry, type Outline, type Path, samePath, startsWith, type TableEntry } from './toml-ast.js';
import { type QuoteStyle, renderKeyPart, renderValue, type TomlValue } from './toml-value.js';

/** Replaces a part of a text. */
export interface Splice {
  start: number;
  end: number;
  text: string;
}

/** Gives an existing key another value; its quoting style and the layout of a list over several lines stay. */
export function replaceValue(text: string, entry: KeyEntry, value: TomlValue): Splice {
  const old = entry.node.value;
  const [start, end] = old.range;
  if (Array.isArray(value) && old.type === 'TOMLArray') {
    return { start, end, text: renderList(text, old, value) };
  }
  return { start, end, text: renderValue(value, styleOf(old)) };
}

/** Removes a key with its whole line, or from its inline table. */
export function removeKey(text: string, entry: KeyEntry): Splice {
  const [start, end] = entry.node.range;
  if (entry.inline === undefined) return { start: lineStart(text, start), end: lineEnd(text, end), text: '' };
  const siblings = entry.inline.body;
  const index = siblings.indexOf(entry.node);
  const next = siblings[index + 1];
  if (next !== undefined) return { start, end: next.range[0], text: '' };
  const previous = siblings[index - 1];
  return { start: previous?.range[1] ?? start, end, text: '' };
}

/** Writes a key that is not there yet: in its table, beside its dotted siblings, or in a table of its own. */
export function insertKey(text: string, doc: Outline, path: Path, value: TomlValue): Splice {
  const parent = path.slice(0, -1);
  const inline = doc.keys
    .filter(({ path: at, node }) => node.value.type === 'TOMLInlineTable' && startsWith(parent, at))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (inline?.node.value.type === 'TOMLInlineTable') {
    return intoInlineTable(inline.node.value, path.slice(inline.path.length), value);
  }
  const table = doc.tables.find((entry) => samePath(entry.path, parent));
  if (table !== undefined) return intoTable(text, doc, table, path, value);
  const siblings = doc.keys.filter(
    ({ path: at, inline: within }) => within === undefined && startsWith(at, parent),
  );
  const topLevel = siblings.filter(({ container }) => container.length === 0);
  const sibling = (
    parent.length === 0 ? topLevel : siblings.filter((key) => key.container.length < path.length)
  ).at(-1);
  if (sibling !== undefined) return afterKey(text, sibling, path, value);
  if (parent.length === 0) return { start: 0, end: 0, text: `${line('', path, value)}${eolOf(text)}` };
  return newTable(text, doc, path, value);
}

function intoInlineTable(table: AST.TOMLInlineTable, key: Path, value: TomlValue): Splice {
  const last = table.body.at(-1);
  if (last !== undefined) return at(last.range[1], `, ${line('', key, value)}`);
  const blank = table.range[1] - table.range[0] > 2 ? '' : ' ';
  return at(table.range[0] + 1, ` ${line('', key, value)}${blank}`);
}

function intoTable(text: string, doc: Outline, table: TableEntry, path: Path, value: TomlValue): Splice {
  const commentedOut = findCommentedOut(text, doc, table, String(path.at(-1)));
  const last = table.node.body.at(-1);
  const sibling = doc.keys.find(({ node }) => node === last);
  if (commentedOut === undefined && sibling !== undefined) return afterKey(text, sibling, path, value);
  const [position, indentOf] =
    commentedOut === undefined
      ? [table.node.key.range[1], table.node.range[0]]
      : [commentedOut.range[1], commentedOut.range[0]];
  return insertLine(
    text,
    position,
    line(indentAt(text, indentOf), path.slice(-1), value, spacing(text, sibling)),
  );
}

function afterKey(text: string, sibling: KeyEntry, path: Path, value: TomlValue): Splice {
  const key = path.slice(sibling.container.length);
  const indent = indentAt(text, sibling.node.range[0]);
  return insertLine(text, sibling.node.range[1], line(indent, key, value, spacing(text, sibling)));
}

/** A `# key = …` of this table: the real key is best read right below it. */
function findCommentedOut(
  text: string,
  doc: Outline,
  { node }: TableEntry,
  key: string,
): AST.Comment | undefined {
  const next = doc.tables.find((table) => table.node.range[0] > node.range[0])?.node.range[0] ?? text.length;
  for (const comment of doc.comments) {
    const [start, end] = comment.range;
    if (start < node.range[0] || start > next) continue;
    if (node.body.some((item) => item.range[0] < start && end < item.range[1])) continue;
    const content = comment.value.trim();
    // A table that is commented out: what follows would be its keys.
    if (content.startsWith('[')) return undefined;
    const alone = text.slice(lineStart(text, start), start).trim() === '';
    if (alone && content.startsWith(key) && content.slice(key.length).trimStart().startsWith('='))
      return comment;
  }
  return undefined;
}

/** Before the first sub-table if there is one, else after the last table of the same family, else at the end. */
function newTable(text: string, doc: Outline, path: Path, value: TomlValue): Splice {
  const eol = eolOf(text);
  const parent = path.slice(0, -1);
  const header = `[${parent.map((part) => renderKeyPart(String(part))).join('.')}]`;
  const table = `${header}${eol}${line('', path.slice(-1), value)}${eol}`;
  const child = doc.tables.find((entry) => startsWith(entry.path, parent));
  if (child !== undefined) return at(commentsAbove(text, child.node.range[0]), table + eol);
  const family = doc.tables.filter((entry) => entry.path[0] === parent[0]).at(-1);
  const position = family === undefined ? text.length : commentsBelow(text, tableEnd(text, family));
  const before = text.slice(0, position);
  const gap = before === '' || /\n\r?\n$/.test(before) ? '' : before.endsWith('\n') ? eol : eol + eol;
  const after = /^(\r?\n|$)/.test(text.slice(position)) ? '' : eol;
  return at(position, gap + table + after);
}

export function tableEnd(text: string, { node }: TableEntry): number {
  return lineEnd(text, node.body.at(-1)?.range[1] ?? node.range[1]);
}

/** The start of the comment that stands directly above the line of `position`, else of that line. */
function commentsAbove(text: string, position: number): number {
  let start = lineStart(text, position);
  while (start > 0 && /^[ \t]*#/.test(text.slice(lineStart(text, start - 1), start))) {
    start = lineStart(text, start - 1);
  }
  return start;
}

/** The end of the comment that goes on directly at `position`, the start of a line; not of one that heads a table. */
export function commentsBelow(text: string, position: number): number {
  let end = position;
  while (end < text.length && /^[ \t]*#/.test(text.slice(end, lineEnd(text, end)))) end = lineEnd(text, end);
  return /^[ \t]*\[/.test(text.slice(end, lineEnd(text, end))) ? position : end;
}

function renderList(text: string, old: AST.TOMLArray, items: readonly string[]): string {
  const first = old.elements[0];
  const style = first === undefined ? 'basic' : styleOf(first);
  const [start, end] = old.range;
  if (!text.slice(start, end).includes('\n')) return renderValue([...items], style);
  return renderLines(text, old, items, { eol: eolOf(text), indent: indentAt(text, start), style });
}

function styleOf(value: AST.TOMLContentNode): QuoteStyle {
  return value.type === 'TOMLValue' && value.kind === 'string' ? value.style : 'basic';
}

export function line(indent: string, key: Path, value: TomlValue, equals = ' = '): string {
  return `${indent}${key.map((part) => renderKeyPart(String(part))).join('.')}${equals}${renderValue(value)}`;
}

/** `a=1` stays without blanks; whatever aligns by blanks gets the usual form. */
function spacing(text: string, sibling: KeyEntry | undefined): string {
  if (sibling === undefined) return ' = ';
  return text.slice(sibling.node.key.range[1], sibling.node.value.range[0]) === '=' ? '=' : ' = ';
}

/** Puts a line after the one that holds `position`; a missing final newline stays missing. */
function insertLine(text: string, position: number, content: string): Splice {
  const end = lineEnd(text, position);
  return text[end - 1] === '\n' ? at(end, `${content}${eolOf(text)}`) : at(end, `${eolOf(text)}${content}`);
}

export function at(position: number, text: string): Splice {
  return { start: position, end: position, text };
}

export function lineStart(text: string, position: number): number {
  return text.lastIndexOf('\n', position - 1) + 1;
}

export function lineEnd(text: string, position: number): number {
  const newline = text.indexOf('\n', position);
  return newline === -1 ? text.length : newline + 1;
}

/** The blanks at the start of the line that holds `position`. */
function indentAt(text: string, position: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, position), position))?.[0] ?? '';
}

export function eolOf(text: string): string {
  const newline = text.indexOf('\n');
  return newline > 0 && text[newline - 1] === '\r' ? '\r\n' : '\n';
}
