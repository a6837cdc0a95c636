import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { replaceOnce } from './replace-once.js';

/**
 * Makes oclif load of itself only what a command uses. Its files, written by TypeScript, begin with
 * `const help_1 = require("./help")` and say `help_1.Help` wherever they use it: turned into
 * `const help_1 = () => require("./help")` and `(help_1()).Help`, a module is evaluated when it is first used, and help,
 * globbing, templates and spinners are not where nobody asks for them. Modules are kept by esbuild: each is still
 * evaluated once.
 */
export const leanOclif: Plugin = {
  name: 'lean-oclif',
  setup(build) {
    build.onLoad({ filter: /node_modules\/@oclif\/core\/lib\/.*\.js$/ }, async ({ path }) => ({
      contents: withChanges(path, withLazyRequires(await readFile(path, 'utf8'))),
      loader: 'js',
    }));
  },
};

/** Pure. The parentheses are for `new x_1.default()`. */
export function withLazyRequires(source: string): string {
  const names: string[] = [];
  const lazy = source.replaceAll(
    /^(?:const|var) (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^"]+"\)\)?);$/gm,
    (_, name: string, value: string) => {
      names.push(name);
      return `const ${name} = () => ${value};`;
    },
  );
  return names.reduce(
    (text, name) => text.replaceAll(new RegExp(`\\b${name}\\b(?=[.\\[)])`, 'g'), `(${name}())`),
    lazy,
  );
}

/** @throws Error where oclif has no such line any more */
function withChanges(path: string, source: string): string {
  // The order of commands by their ids needs no language; asking for one loads ICU, a tenth of what Node itself costs.
  if (path.endsWith('/config/plugin.js'))
    return replaceOnce(path, source, 'a.id.localeCompare(b.id)', 'a.id < b.id ? -1 : 1');
  // It looks for package.json beside its own files, which in a bundle are nowhere, and loads semver for it.
  if (path.endsWith('/core/lib/index.js')) return replaceOnce(path, source, '\ncheckNodeVersion();\n', '\n');
  return source;
}
