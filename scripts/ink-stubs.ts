import type { Plugin } from 'esbuild';

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
  },
};
