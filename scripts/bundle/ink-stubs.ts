import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { replaceOnce } from './replace-once.js';

const STUBS: Readonly<Record<string, string>> = {
  // ink's way to a debugger that is not installed.
  './devtools.js': '',
  // With CI in the environment nothing would be drawn; bench looks at the terminal itself.
  'is-in-ci': 'export default false;',
  // It starts processes, to find out what bench asks the terminal itself.
  'terminal-size': 'export default () => ({ columns: 80, rows: 24 });',
};

/** What is bundled in the place of packages that ink imports and bench must not have. */
export const inkStubs: Plugin = {
  name: 'ink-stubs',
  setup(build) {
    const filter = new RegExp(`^(${Object.keys(STUBS).join('|').replaceAll('.', '\\.')})$`);
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'stub' }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({ contents: STUBS[path] ?? '' }));
    build.onLoad({ filter: /\/ink\/build\/reconciler\.js$/ }, async ({ path }) => ({
      // It would wait, too, for that debugger.
      contents: (await readFile(path, 'utf8')).replaceAll('isDev()', 'false'),
    }));
    build.onLoad({ filter: /\/yoga-layout\/dist\/src\/index\.js$/ }, async ({ path }) => ({
      contents: withoutAwait(path, await readFile(path, 'utf8')),
    }));
    build.onLoad({ filter: /\/yoga-wasm-base64-esm\.js$/ }, async ({ path }) => ({
      contents: withBytes(path, await readFile(path, 'utf8')),
    }));
  },
};

/**
 * Yoga, which lays out what ink draws, waits for its WebAssembly at the top level of a module, and a classic script
 * cannot. 60 KB are compiled at once instead: Emscripten lets its caller do that (`instantiateWasm`).
 */
function withoutAwait(path: string, source: string): string {
  return replaceOnce(
    path,
    source,
    'wrapAssembly(await loadYoga())',
    `wrapAssembly((() => {
      const yoga = {
        instantiateWasm: (imports, done) =>
          done(new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(loadYoga.wasm, 'base64')), imports)),
      };
      loadYoga(yoga);
      return yoga;
    })())`,
  );
}

function withBytes(path: string, source: string): string {
  const [, base64] = /"data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)"/.exec(source) ?? [];
  if (base64 === undefined) throw new Error(`${path} has no WebAssembly in it: look at ${import.meta.url}`);
  // It is there once: what would read it from there is not reached.
  const without = source.replace(base64, '');
  return replaceOnce(
    path,
    without,
    'export default loadYoga;',
    `loadYoga.wasm = "${base64}";\nexport default loadYoga;`,
  );
}
