import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

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
      contents: withoutLocale(path, withLazyRequires(await readFile(path, 'utf8'))),
      loader: 'js',
    }));
  },
};

/** Pure. The parentheses are for `new x_1.default()`. */
export function withLazyRequires(source: string): string {
  const names: string[] = [];
  const lazy = source.replaceAll(
    /^const (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^"]+"\)\)?);$/gm,
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

/**
 * The order of commands by their ids needs no language; asking for one loads ICU, a tenth of what Node itself costs.
 * @throws Error where oclif has no such line any more
 */
function withoutLocale(path: string, source: string): string {
  if (!path.endsWith('/config/plugin.js')) return source;
  const [before, after, ...more] = source.split('a.id.localeCompare(b.id)');
  if (after === undefined || more.length > 0)
    throw new Error(`${path} is not as it was: look at ${import.meta.url}`);
  return `${before}a.id < b.id ? -1 : 1${after}`;
}
