import { onOneLine } from '../printable.js';

/** A piece of a line that looks the same from its first to its last character. */
export interface Span {
  text: string;
  color?: 'green' | 'yellow' | 'red' | 'cyan';
  bold?: boolean;
  dim?: boolean;
}

/** Of a terminal, in characters. */
export interface Size {
  columns: number;
  rows: number;
}

/** One line of the terminal. */
export type Row = readonly Span[];

export const BLANK: Row = [{ text: ' ' }];

export function row(text: string, style: Omit<Span, 'text'> = {}): Row {
  return [{ text: onOneLine(text), ...style }];
}

/** A text as lines of at most `width` characters, broken at blanks where there are any; `indent` leads each. */
export function wrap(text: string, width: number, indent: string): string[] {
  const room = Math.max(10, width - indent.length);
  const lines: string[] = [];
  let rest = onOneLine(text);
  while (rest.length > room) {
    const blank = rest.lastIndexOf(' ', room);
    const end = blank > 0 ? blank : room;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest].map((line) => indent + line);
}

/** As many of the blocks as have room, each whole; then one line that says how many there are besides. */
export function cut(
  blocks: readonly (readonly Row[])[],
  room: number,
  more: (left: number) => string,
): Row[] {
  const all = blocks.flat();
  if (all.length <= room) return all;
  const rows: Row[] = [];
  let shown = 0;
  for (const block of blocks) {
    if (rows.length + block.length > room - 1) break;
    rows.push(...block);
    shown += 1;
  }
  return room < 1 ? [] : [...rows, row(more(blocks.length - shown), { dim: true })];
}

/** `[#####-----]` */
export function bar(part: number, whole: number, width: number): string {
  const filled = Math.round(share(part, whole) * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
}

/** From 0 to 1, also where the part is larger than the whole, or there is no whole. */
export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
}
