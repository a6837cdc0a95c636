import { outline, type Path } from './toml-ast.js';

export interface Position {
  line?: number;
  column?: number;
}

/** Far below anything of ours; a key of a hundred thousand parts would cost as many places. */
const DEEPEST = 10;

/**
 * Where things lie in a TOML text: a key where it is written, a missing key where its table begins. Lines and columns
 * count from 1.
 */
export function positionsIn(text: string): (path: Path) => Position {
  let places: Map<string, Position>;
  try {
    places = placesIn(text);
  } catch {
    // The other parser took the text, so it is fine; a finding without a position is still a finding.
    return () => ({});
  }
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const place = places.get(JSON.stringify(path.slice(0, length)));
      if (place !== undefined) return place;
    }
    return {};
  };
}

function placesIn(text: string): Map<string, Position> {
  const places = new Map<string, Position>();
  const add = (path: Path, { line, column }: { line: number; column: number }) => {
    const key = JSON.stringify(path);
    if (!places.has(key)) places.set(key, { line, column: column + 1 });
  };
  const { keys, tables } = outline(text);
  const shallow = ({ path }: { path: Path }) => path.length <= DEEPEST;
  for (const { path, node } of tables.filter(shallow)) add(path, node.loc.start);
  for (const { path, node } of keys.filter(shallow)) {
    add(path, node.loc.start);
    if (node.value.type !== 'TOMLArray') continue;
    for (const [index, element] of node.value.elements.entries()) add([...path, index], element.loc.start);
  }
  // Tables that are only named as part of another key or header begin where they are named first.
  for (const { path, node } of [...tables, ...keys]) {
    for (let length = 1; length < Math.min(path.length, DEEPEST); length++)
      add(path.slice(0, length), node.loc.start);
  }
  return places;
}
