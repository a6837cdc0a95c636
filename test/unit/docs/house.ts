import { posix } from 'node:path';

/** A row of the table of rooms: a folder, or files beside the folders. From top to bottom. */
interface Room {
  /** Without `src/`; a folder ends with `/`. */
  paths: string[];
  /** The only file that others may import; undefined where any may be. */
  face: string | undefined;
}

/** The rows of the table in docs/architecture.md that tell of `src/`. */
export function roomsIn(page: string): Room[] {
  const rows = page.matchAll(/^\| (`src\/[^|]*)\|([^|]*)\|/gm);
  return [...rows].map(([, where = '', face = '']) => {
    const paths = [...where.matchAll(/`src\/([^`]+)`/g)].flatMap(([, path]) => path ?? []);
    const name = /^`(.*)`$/.exec(face.trim())?.[1];
    return { paths, face: name === undefined ? undefined : `${paths[0]}${name}` };
  });
}

/** What of src/ is not as the table says, a sentence each. `sources`: by path below `src`. */
export function faultsOfRooms(rooms: readonly Room[], sources: ReadonlyMap<string, string>): string[] {
  const roomOf = (file: string) =>
    rooms.findIndex(({ paths }) =>
      paths.some((path) => (path.endsWith('/') ? file.startsWith(path) : file === path)),
    );
  const files = [...sources.keys()];
  const missing = files.filter((file) => roomOf(file) === -1).map((file) => `${file} is in no row`);
  const empty = rooms
    .flatMap(({ paths }) => paths)
    .filter((path) => !files.some((file) => file === path || (path.endsWith('/') && file.startsWith(path))))
    .map((path) => `${path} has a row, and is not there`);
  const faces = rooms.flatMap(({ face }) => {
    if (face === undefined) return [];
    const source = sources.get(face);
    if (source === undefined) return [`${face} should be a face, and is not there`];
    return handsOnOnly(source) ? [] : [`${face} is a face, and holds more than what it hands on`];
  });
  const wrong = files.flatMap((file) =>
    importsOf(file, sources).flatMap((imported) => {
      const [from, to] = [roomOf(file), roomOf(imported)];
      if (from === to) return [];
      if (to < from) return [`${file} imports ${imported}, which stands above it`];
      const face = rooms[to]?.face;
      return face === undefined || face === imported
        ? []
        : [`${file} imports ${imported} past the face ${face}`];
    }),
  );
  return [...missing, ...empty, ...faces, ...wrong];
}

/** Whether there is nothing in a file but comments and what it exports of others. */
function handsOnOnly(source: string): boolean {
  const rest = source
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/export (?:\* |(?:type )?\{[^}]*\} )from '\.[^']+';/g, '');
  return rest.trim() === '';
}

/** The files of src/ that a file names, late imports and types included. */
function importsOf(file: string, sources: ReadonlyMap<string, string>): string[] {
  const named = (sources.get(file) ?? '').matchAll(/(?:\bfrom|\bimport\() ?'(\.[^']+)\.js'/g);
  return [...named].map(([, way = '']) => {
    const path = posix.join(posix.dirname(file), way);
    return sources.has(`${path}.tsx`) ? `${path}.tsx` : `${path}.ts`;
  });
}

/** A file that does not fit on a few screens is two subjects. */
const MOST_LINES = 300;

export function tooLong(sources: ReadonlyMap<string, string>): string[] {
  return [...sources]
    .map(([file, source]) => ({ file, lines: source.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ file, lines }) => `${file} has ${lines} lines`);
}
