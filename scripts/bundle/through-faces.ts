import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Imports each name from the file that defines it, and not from the face of a room, which only hands it on
 * (docs/architecture.md). esbuild gives a command every file that any of its files names; so one name of a face would
 * bring the whole room.
 */
export const throughFaces: Plugin = {
  name: 'through-faces',
  setup(build) {
    const faces = new Map<string, Promise<Face | undefined>>();
    const faceAt = (path: string) => {
      const face = faces.get(path) ?? readFace(path);
      faces.set(path, face);
      return face;
    };
    build.onLoad({ filter: /\/src\/.*\.tsx?$/ }, async ({ path }) => ({
      contents: await straightened(await readFile(path, 'utf8'), path, faceAt),
      loader: path.endsWith('x') ? 'tsx' : 'ts',
    }));
  },
};

/** What a face hands on: the file of each value, and nothing for a type, which is no part of a bundle. */
type Face = Map<string, string | undefined>;

const REEXPORT = /export (?:\* from|(type )?\{([^}]*)\} from) '(\.[^']+)\.js';/g;

/** @returns undefined for a file that is more than a list of what others export */
async function readFace(path: string): Promise<Face | undefined> {
  const source = await readFile(path, 'utf8').catch(() => '');
  const rest = source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(REEXPORT, '');
  if (source === '' || rest.trim() !== '') return undefined;
  const face: Face = new Map();
  for (const [, type, names, from = ''] of source.matchAll(REEXPORT)) {
    const file = resolve(dirname(path), `${from}.ts`);
    if (names === undefined)
      for (const [name, isType] of await exportsOf(file)) face.set(name, isType ? undefined : file);
    for (const { name, isType } of specifiers(names ?? ''))
      face.set(name, isType || type !== undefined ? undefined : file);
  }
  return face;
}

/** The names that a file exports, each with whether it is a type. */
async function exportsOf(file: string): Promise<[string, boolean][]> {
  const found = (await readFile(file, 'utf8')).matchAll(
    /^export (?:async )?(function|const|class|interface|type) (\w+)/gm,
  );
  return [...found].map(([, kind = '', name = '']) => [name, kind === 'interface' || kind === 'type']);
}

/** `a, type B, c as d` of an import or export. */
function specifiers(list: string): { name: string; as: string; isType: boolean }[] {
  return [...list.matchAll(/(type )?(\w+)(?: as (\w+))?/g)].map(([, type, name = '', as = name]) => ({
    name,
    as,
    isType: type !== undefined,
  }));
}

async function straightened(
  source: string,
  path: string,
  faceAt: (path: string) => Promise<Face | undefined>,
): Promise<string> {
  let text = source;
  for (const [statement, list, space, from = ''] of source.matchAll(
    /^import (?:\{([^}]*)\}|\* as (\w+)) from '(\.[^']+)\.js';$/gm,
  )) {
    const face = await faceAt(resolve(dirname(path), `${from}.ts`));
    if (face === undefined) continue;
    const wanted = space === undefined ? specifiers(list ?? '') : membersOf(space, text, statement);
    const imports = wanted
      .filter(({ isType }) => !isType)
      .flatMap(({ name, as }) => {
        if (!face.has(name)) throw new Error(`${path}: the face ${from} has no ${name}.`);
        const file = face.get(name);
        return file === undefined ? [] : [`import { ${name} as ${as} } from '${specifierOf(path, file)}';`];
      });
    text = text.replace(statement, imports.join(' '));
    if (space === undefined) continue;
    text = text.replaceAll(new RegExp(`\\b${space}\\.(\\w+)`, 'g'), `${space}_$1`);
    // What takes the namespace as a whole cannot be seen through.
    if (new RegExp(`\\b${space}\\b`).test(text))
      throw new Error(`${path}: ${space} is used without a name of it.`);
  }
  return text;
}

/** What is used of a namespace. */
function membersOf(space: string, source: string, statement: string) {
  const uses = source.replace(statement, '');
  const members = new Set(
    [...uses.matchAll(new RegExp(`\\b${space}\\.(\\w+)`, 'g'))].map(([, name = '']) => name),
  );
  return [...members].map((name) => ({ name, as: `${space}_${name}`, isType: false }));
}

function specifierOf(path: string, file: string): string {
  const way = relative(dirname(path), file).replace(/\.ts$/, '.js');
  return way.startsWith('.') ? way : `./${way}`;
}
