import type { AST } from 'toml-eslint-parser';
import { type QuoteStyle, renderString } from './toml-value.js';

/** An element of a list with what stands around it. */
interface Piece {
  /** What it says; undefined for anything else than a text. */
  value?: string;
  /** Line breaks, blanks and whole-line comments before it. */
  lead: string;
  /** Itself, as it is written; undefined where only the comments before it are to stay. */
  raw?: string;
  /** What follows in its line: a comma and a comment. */
  tail: string;
}

export interface ListLayout {
  eol: string;
  /** Of the line in which the list begins. */
  indent: string;
  style: QuoteStyle;
}

/**
 * A list over several lines with other items. An item that stays keeps its line, and one that moves takes the comment
 * behind it along; only that comment goes with an item that is removed. Whole-line comments stay where they are.
 */
export function renderLines(
  text: string,
  old: AST.TOMLArray,
  items: readonly string[],
  { eol, indent, style }: ListLayout,
): string {
  const { opening, pieces, closing } = cutList(text, old);
  const lineBreak =
    pieces.map(({ lead }) => /\r?\n[ \t]*$/.exec(lead)?.[0]).find(Boolean) ?? `${eol}${indent}  `;
  const arranged = arrange(pieces, items, (item) => ({
    value: item,
    lead: lineBreak,
    raw: renderString(item, style),
    tail: ',',
  }));
  let result = `[${opening}`;
  let inComment = opening.includes('#');
  let lostBreak = false;
  for (const { lead, raw, tail } of arranged) {
    if (raw === undefined) {
      result += commentsOf(lead);
      inComment ||= lead.includes('#');
      lostBreak ||= lead.includes('\n');
      continue;
    }
    const breaks = (inComment || lostBreak) && !lead.includes('\n');
    result += `${breaks ? lineBreak : lead}${raw}${withComma(tail)}`;
    inComment = tail.includes('#');
    lostBreak = false;
  }
  if (items.length === 0 && !`${result}${closing}`.includes('#')) return '[]';
  if (closing.includes('\n')) return `${result}${closing}]`;
  if (inComment) return `${result}${eol}${indent}]`;
  return `${result.replace(/,[ \t]*$/, '')}${closing}]`;
}

/** The pieces in the order of the items; a piece that is not where it was leaves its comments there. */
function arrange(pieces: readonly Piece[], items: readonly string[], make: (item: string) => Piece): Piece[] {
  let next = 0;
  const stays = items.map((item) => {
    const found = pieces.findIndex(({ value }, index) => index >= next && value === item);
    if (found !== -1) next = found + 1;
    return pieces[found];
  });
  const others = pieces.filter((piece) => !stays.includes(piece));
  const rest = [...pieces];
  const arranged = items.flatMap((item, index) => {
    const stay = stays[index];
    if (stay !== undefined) {
      const before = rest.splice(0, rest.indexOf(stay) + 1).slice(0, -1);
      return [...before.map(leadOnly), stay];
    }
    const moved = others.findIndex(({ value }) => value === item);
    const [same] = moved === -1 ? [] : others.splice(moved, 1);
    return [same === undefined ? make(item) : { ...same, lead: make(item).lead }];
  });
  return [...arranged, ...rest.map(leadOnly)];
}

function leadOnly({ lead }: Piece): Piece {
  return { lead, tail: '' };
}

/** Cuts a list at the ends of lines, and each line at its element. */
function cutList(text: string, old: AST.TOMLArray): { opening: string; pieces: Piece[]; closing: string } {
  const [start, end] = old.range;
  const starts = old.elements.map(({ range }) => range[0]);
  const ends = old.elements.map(({ range }) => range[1]);
  const gaps = [start + 1, ...ends].map((from, index) => cutGap(text.slice(from, starts[index] ?? end - 1)));
  const pieces = old.elements.map((element, index) => ({
    ...(element.type === 'TOMLValue' && element.kind === 'string' ? { value: element.value } : {}),
    lead: gaps[index]?.lead ?? '',
    raw: text.slice(...element.range),
    tail: gaps[index + 1]?.tail ?? '',
  }));
  return { opening: gaps[0]?.tail ?? '', pieces, closing: gaps.at(-1)?.lead ?? '' };
}

/** What stands between two elements: the end of the one's line, and what comes before the other. */
function cutGap(gap: string): { tail: string; lead: string } {
  const lineBreak = /\r?\n/.exec(gap)?.index;
  // In one line the comma is all that belongs to the element before it.
  const cut = lineBreak ?? gap.indexOf(',') + 1;
  const [tail, lead] = [gap.slice(0, cut), gap.slice(cut)];
  const comma = lead.replace(/#[^\n]*/g, (comment) => ' '.repeat(comment.length)).indexOf(',');
  if (comma === -1) return { tail, lead };
  return { tail: withComma(tail), lead: `${lead.slice(0, comma)}${lead.slice(comma + 1)}` };
}

/** The comments of a lead, without the blanks before what it leads to. */
function commentsOf(lead: string): string {
  return /^[\s\S]*#[^\r\n]*/.exec(lead)?.[0] ?? '';
}

function withComma(tail: string): string {
  return /^[ \t]*,/.test(tail) ? tail : `,${tail}`;
}
