import { type AST, parseTOML } from 'toml-eslint-parser';

export type Path = readonly (string | number)[];

/** A `key = value` of the text, in a table, at the top or within an inline table. */
export interface KeyEntry {
  /** From the top of the document; array tables contribute an index. */
  path: Path;
  node: AST.TOMLKeyValue;
  /** The path of the table or inline table it is written in. */
  container: Path;
  inline: AST.TOMLInlineTable | undefined;
}

/** A `[table]` or `[[table]]` header with its own keys. */
export interface TableEntry {
  path: Path;
  node: AST.TOMLTable;
}

export interface Outline {
  keys: KeyEntry[];
  tables: TableEntry[];
  comments: AST.Comment[];
}

/** What is written where in a TOML text (without a byte order mark). Throws the parser's ParseError. */
export function outline(text: string): Outline {
  const program = parse(text);
  const found: Outline = { keys: [], tables: [], comments: program.comments };
  for (const item of program.body[0].body) {
    if (item.type === 'TOMLKeyValue') addKey(item, [], undefined, found.keys);
    else {
      found.tables.push({ path: item.resolvedKey, node: item });
      for (const keyValue of item.body) addKey(keyValue, item.resolvedKey, undefined, found.keys);
    }
  }
  return found;
}

/** The parts of a dotted key as TOML writes it: `volume.pool`, `a."b c"`; undefined where it is none. */
export function parseKey(key: string): string[] | undefined {
  try {
    const text = `${key} = 0`;
    const [item, ...more] = parse(text).body[0].body;
    if (item?.type !== 'TOMLKeyValue' || more.length > 0) return undefined;
    const ended = item.value.range[1] === text.length && item.range[0] === 0;
    return ended ? keyParts(item.key) : undefined;
  } catch {
    return undefined;
  }
}

export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && startsWith(a, b);
}

export function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((part, index) => part === path[index]);
}

function parse(text: string): AST.TOMLProgram {
  // Without a final newline version 1.0.3 gives a one-digit number at the very end an empty range.
  return parseTOML(`${text}\n`, { tomlVersion: '1.1' });
}

function keyParts(key: AST.TOMLKey): string[] {
  return key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
}

function addKey(
  node: AST.TOMLKeyValue,
  container: Path,
  inline: AST.TOMLInlineTable | undefined,
  keys: KeyEntry[],
): void {
  const path = [...container, ...keyParts(node.key)];
  keys.push({ path, node, container, inline });
  if (node.value.type !== 'TOMLInlineTable') return;
  for (const item of node.value.body) addKey(item, path, node.value, keys);
}
