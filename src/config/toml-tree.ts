import { parse } from 'smol-toml';
import type { Path } from './toml-ast.js';
import type { TomlValue } from './toml-value.js';

/** A parsed document in a form that can be compared: tables as maps, dates as what they were written as. */
export type Tree = Map<string, unknown>;

export function readTree(text: string): Tree {
  return toTree(parse(text, { integersAsBigInt: 'asNeeded' })) as Tree;
}

/** Sets (or with undefined removes) the value at `path`. Answers false where something else than a table is in the way. */
export function setInTree(tree: Tree, path: Path, value: TomlValue | undefined): boolean {
  let table = tree;
  for (const part of path.slice(0, -1)) {
    let next = table.get(String(part));
    if (next === undefined) {
      if (value === undefined) return true;
      next = new Map();
      table.set(String(part), next);
    }
    if (!(next instanceof Map)) return false;
    table = next;
  }
  const last = String(path.at(-1));
  if (table.get(last) instanceof Map) return false;
  if (value === undefined) table.delete(last);
  else table.set(last, value);
  return true;
}

/** Drops tables above `path` that hold nothing: a table made by a dotted key goes with its last key. */
export function pruneAbove(tree: Tree, path: Path): Tree {
  for (let length = path.length - 1; length > 0; length--) {
    const table = getFromTree(tree, path.slice(0, length));
    if (table === undefined) continue;
    const parent = getFromTree(tree, path.slice(0, length - 1));
    if (!(table instanceof Map && parent instanceof Map) || table.size > 0) break;
    parent.delete(String(path[length - 1]));
  }
  return tree;
}

/** The value at `path`, undefined where there is none. */
export function getFromTree(tree: Tree, path: Path): unknown {
  let value: unknown = tree;
  for (const part of path) value = value instanceof Map ? value.get(String(part)) : undefined;
  return value;
}

function toTree(value: unknown): unknown {
  if (value instanceof Date) return { date: value.toISOString() };
  if (Array.isArray(value)) return value.map(toTree);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, toTree(item)]));
}
