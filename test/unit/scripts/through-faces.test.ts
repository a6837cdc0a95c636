import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { throughFaces } from '../../../scripts/bundle/through-faces.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-faces-'));
});
afterEach(() => rm(root, { recursive: true }));

const ROOM = {
  'src/room/room.ts': `
    /** The room. */
    export { type Size, take } from './take.js';
    export type { Shape } from './shape.js';
    export * from './list.js';
  `,
  'src/room/take.ts':
    'export interface Size { n: number }\nexport function take(): Size { return { n: 1 }; }',
  'src/room/shape.ts': 'export type Shape = string;',
  'src/room/list.ts': 'export type Row = string;\nexport const list = (): Row[] => [];',
};

/** The files that are in each bundle, by its entry. */
async function bundled(files: Readonly<Record<string, string>>): Promise<Record<string, string[]>> {
  for (const [path, content] of Object.entries({ ...ROOM, ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.keys(files),
    outdir: 'out',
    bundle: true,
    splitting: true,
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [throughFaces],
  });
  const reached = (file: string): string[] => {
    const { inputs = {}, imports = [] } = metafile.outputs[file] ?? {};
    return [...Object.keys(inputs), ...imports.flatMap(({ path }) => reached(path))];
  };
  return Object.fromEntries(
    Object.keys(files).map((file) => [
      file,
      [...new Set(reached(file.replace(/^src\/(.*)\.ts$/, 'out/$1.js')))].filter((path) => path !== file),
    ]),
  );
}

test('a bundle has of a room only the files whose names it uses', async () => {
  const found = await bundled({
    'src/one.ts':
      "import { type Size, take } from './room/room.js';\nexport const one: Size = take();\nconsole.log(one);",
    'src/two.ts':
      "import * as Room from './room/room.js';\nconst rows: Room.Row[] = Room.list();\nconsole.log(rows);",
    'src/three.ts':
      "import { take as taken } from './room/room.js';\nimport type { Shape } from './room/room.js';\nconst shape: Shape = '';\nconsole.log(taken(), shape);",
  });
  expect(found).toEqual({
    'src/one.ts': ['src/room/take.ts'],
    'src/two.ts': ['src/room/list.ts'],
    'src/three.ts': ['src/room/take.ts'],
  });
});

test.each([
  ['a name that the face does not have', 'import { lost }', 'lost', /the face \.\/room\/room has no lost/],
  ['a face as a whole', 'import * as Room', 'Object.keys(Room)', /Room is used without a name of it/],
])('%s fails the build', async (_, statement, use, message) => {
  const files = { 'src/one.ts': `${statement} from './room/room.js';\nconsole.log(${use});` };
  await expect(bundled(files)).rejects.toThrow(message);
});
