import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBench } from './run-bench.js';

/** Of esbuild's metafiles, one a script, which the build leaves beside the product. */
interface Metafile {
  inputs: Record<string, { imports: { path: string; kind: string; external?: boolean }[] }>;
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
}
const product = fileURLToPath(new URL('../../', import.meta.url));
const metafiles = JSON.parse(await readFile(join(product, 'build/meta.json'), 'utf8')) as Metafile[];
const all = metafiles.find(({ outputs }) => outputs['dist/lib/all.js'] !== undefined);
if (all === undefined) throw new Error('dist/lib/all.js is not in build/meta.json: npm run build');
const { inputs } = all;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-loaded-'));
});
afterAll(() => rm(root, { recursive: true }));

/** The modules that are evaluated as soon as this one is: it, and all that it and they import. */
function evaluatedWith(start: string): Set<string> {
  const found = new Set<string>();
  const add = (module: string) => {
    if (found.has(module)) return;
    found.add(module);
    // What is required inside a function waits for its call: so the build has made it in oclif.
    for (const { path, kind, external } of inputs[module]?.imports ?? [])
      if (kind === 'import-statement' && (!external || path.startsWith('lib/'))) add(path);
  };
  add(start);
  return found;
}

/** Names of libraries among modules; those that are scripts of their own are `lib/…`. */
function librariesOf(modules: Iterable<string>): string[] {
  const names = [...modules].flatMap(
    (module) =>
      /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1] ?? (/^lib\//.test(module) ? module : []),
  );
  return [...new Set(names)].sort();
}

/** The scripts that Node really loaded of the product in one run, each with what V8 said to its cache. */
async function loadedBy(args: readonly string[], at?: string): Promise<string[]> {
  const trace = fileURLToPath(new URL('./trace-loads.cjs', import.meta.url));
  const { stderr } = await runBench(args, {
    cwd: root,
    node: ['--require', trace],
    ...(at === undefined ? {} : { product: at }),
  });
  return [...stderr.matchAll(/^loaded .*\/dist\/(.*\.js) cache (.*)$/gm)].map(
    ([, file, cache]) => `${file} ${cache}`,
  );
}

const commands = Object.keys(inputs).flatMap((file) => /^src\/commands\/(.*)\.ts$/.exec(file)?.[1] ?? []);

test('the start itself evaluates no library', () => {
  expect(librariesOf(evaluatedWith('src/run.ts'))).toEqual([]);
});

test.each(commands)('%s starts with the libraries that every command may need, and no other', (command) => {
  const libraries = librariesOf(evaluatedWith(`src/commands/${command}.ts`));
  expect(libraries).toContain('@oclif/core');
  expect(libraries.filter((name) => !['@oclif/core', 'smol-toml', 'zod'].includes(name))).toEqual([]);
});

test('listing snapshots evaluates nothing of a restore, though both are behind one face', () => {
  const modules = [...evaluatedWith('src/commands/volume/list-snapshots.ts')];
  expect(modules).toContain('src/snapshot/list.ts');
  expect(modules.filter((name) => /^src\/(snapshot\/(restore|undo|swap)|steps\/)/.test(name))).toEqual([]);
});

test('only the smaller half of zod is anywhere in the product but in the server', () => {
  const bundled = metafiles.flatMap(({ outputs }) =>
    Object.entries(outputs).flatMap(([file, output]) =>
      file === 'dist/lib/web.js'
        ? []
        : Object.entries(output.inputs).flatMap(([input, { bytesInOutput }]) =>
            bytesInOutput > 0 ? input : [],
          ),
    ),
  );
  expect(bundled.filter((input) => input.includes('zod/v4/mini'))).not.toEqual([]);
  // `import * as z from 'zod'` brings it; zod/mini does the same without its messages.
  expect(bundled.filter((input) => /zod\/v4\/(classic|locales\/(?!index))/.test(input))).toEqual([]);
});

test.each<[string, string[]]>([
  ['--version', ['--version']],
  ['volume status', ['volume', 'status', '-b', 'shop']],
  ['volume list-snapshots', ['volume', 'list-snapshots', '-b', 'shop']],
  ['list', ['list']],
])(
  '%s loads the script of the quick commands and no other, as it was compiled when it was built',
  async (_, args) => {
    await runBench(['new', 'shop'], { cwd: root });
    expect(await loadedBy(args)).toEqual(['bench.js taken']);
  },
);

test('config set loads the library that knows where in a text a value stands', async () => {
  await runBench(['new', 'shop'], { cwd: root });
  expect(await loadedBy(['config', 'set', 'snapshot.lock', 'read-lock', '-b', 'shop'])).toEqual([
    'bench.js taken',
    'lib/all.js taken',
    'lib/toml-eslint-parser.js taken',
    'lib/execa.js taken',
  ]);
});

describe('what V8 has compiled', () => {
  let copy: string;
  let cache: string;
  beforeAll(async () => {
    copy = join(root, 'product');
    for (const part of ['bin', 'dist']) await cp(join(product, part), join(copy, part), { recursive: true });
    const source = await readFile(join(copy, 'dist/bench.js'), 'latin1');
    const name = (await readdir(join(copy, 'dist/cache'))).find((each) =>
      each.startsWith(source.slice(2, 18)),
    );
    cache = join(copy, 'dist/cache', name ?? '');
  });

  test.each(['', 'what another V8 has written'])('is passed over where it is %j', async (content) => {
    await writeFile(cache, content);
    const run = await runBench(['--version'], { cwd: root, product: copy });
    expect(run).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^bench\/\d/) });
  });

  test('is passed over where it is missing, and made again by compile.cjs', async () => {
    await rm(join(copy, 'dist/cache'), { recursive: true });
    expect(await loadedBy(['--version'], copy)).toEqual(['bench.js none']);
    await runBench([], { cwd: root, product: copy, program: 'compile.cjs' });
    expect(await loadedBy(['--version'], copy)).toEqual(['bench.js taken']);
  });

  test('is never that of another text, however long', async () => {
    const file = join(copy, 'dist/bench.js');
    const source = await readFile(file, 'latin1');
    const hash = source.slice(2, 18);
    await writeFile(file, source.replace(hash, [...hash].reverse().join('')));
    expect(await loadedBy(['--version'], copy)).toEqual(['bench.js none']);
  });
});
