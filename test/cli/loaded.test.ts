import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBench } from './run-bench.js';

/** Of esbuild's metafile, which the build leaves beside the product. */
interface Output {
  inputs: Record<string, unknown>;
  imports: { path: string; kind: string; external?: boolean }[];
}
const META = new URL('../../build/meta.json', import.meta.url);
const { outputs } = JSON.parse(await readFile(META, 'utf8')) as { outputs: Record<string, Output> };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-loaded-'));
});
afterAll(() => rm(root, { recursive: true }));

/** The libraries, and the modules of our own, that are in memory once these files of the product are. */
function contentOf(files: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const file of files) {
    const output = outputs[file];
    if (output === undefined) throw new Error(`${file} is not in build/meta.json: npm run build`);
    for (const input of Object.keys(output.inputs)) {
      found.add(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? input);
    }
  }
  return found;
}

/** What is loaded for a command before it does anything: it and the product's start, with all that they import. */
function loadedAtStart(command: string): Set<string> {
  const files = new Set<string>();
  const add = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const { path, kind, external } of outputs[file]?.imports ?? [])
      if (!external && kind === 'import-statement') add(path);
  };
  add('dist/run.js');
  add(`dist/commands/${command}.js`);
  return contentOf(files);
}

/** What Node really loaded of the product in one run, late imports included. */
async function loadedBy(args: readonly string[]): Promise<Set<string>> {
  const trace = fileURLToPath(new URL('./trace-loads.mjs', import.meta.url));
  const { stderr } = await runBench(args, { cwd: root, node: ['--import', trace] });
  const files = [...stderr.matchAll(/^loaded .*\/(dist\/.*\.js)$/gm)].map(([, file]) => file ?? '');
  expect(files).toContain('dist/run.js');
  return contentOf(files);
}

const commands = Object.keys(outputs).flatMap((file) => /^dist\/commands\/(.*)\.js$/.exec(file)?.[1] ?? []);
/** Libraries that are large, and for a part of the commands or for a part of what these do. */
const LATE = ['mysql2', 'ink', 'react', 'toml-eslint-parser'];

test.each(commands)('%s starts without a library that it may not need', (command) => {
  const libraries = [...loadedAtStart(command)];
  expect(libraries).toContain('@oclif/core');
  expect(libraries.filter((name) => LATE.includes(name))).toEqual([]);
});

test('only the smaller half of zod is anywhere in the product', () => {
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  expect(inputs.filter((input) => input.includes('zod/v4/mini'))).not.toEqual([]);
  // `import * as z from 'zod'` brings it; zod/mini does the same without its messages.
  expect(inputs.filter((input) => /zod\/v4\/(classic|locales)/.test(input))).toEqual([]);
});

test.each<[string, string[]]>([
  ['volume status', ['volume', 'status', '-b', 'shop']],
  ['volume list-snapshots', ['volume', 'list-snapshots', '-b', 'shop']],
  ['list', ['list']],
])('%s loads none of them on its way either', async (_, args) => {
  await runBench(['new', 'shop'], { cwd: root });
  const content = [...(await loadedBy(args))];
  expect(content.filter((name) => LATE.includes(name))).toEqual([]);
});

test('listing snapshots loads nothing of a restore, though both are behind one face', async () => {
  await runBench(['new', 'shop'], { cwd: root });
  const content = [...(await loadedBy(['volume', 'list-snapshots', '-b', 'shop']))];
  expect(content).toContain('src/snapshot/list.ts');
  expect(content.filter((name) => /^src\/(snapshot\/(restore|undo|swap)|steps\/)/.test(name))).toEqual([]);
});
