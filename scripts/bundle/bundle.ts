import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { awsStubs } from './aws-stubs.js';
import { inkStubs } from './ink-stubs.js';
import { lateCrypto } from './late-crypto.js';
import { LATE_LIBRARIES, lateLibraries, scriptOf, WEB } from './late-libraries.js';
import { leanOclif } from './lean-oclif.js';
import { throughFaces } from './through-faces.js';

/**
 * Writes the scripts that bin/run.cjs loads: `dist/bench.js` with the quick commands, `dist/lib/all.js` with every command,
 * in both of which a command and what it imports is evaluated when it is asked for, and the libraries. Why these:
 * docs/decisions/start-time.md.
 * @returns what went into each
 */
export async function bundle(root: string): Promise<Metafile[]> {
  const commands = commandIds(root);
  const bench = write(root, 'bench', script(quickEntry(root, commands), root));
  const all = write(root, ALL, script(entry(root, commands), root));
  const libraries = LATE_LIBRARIES.map((name) => write(root, scriptOf(name), { entryPoints: [name] }));
  const web = write(root, WEB.script, { entryPoints: [WEB.entry] });
  return Promise.all([bench, all, ...libraries, web]);
}

/** Commands that are run again and again: by a prompt, a timer, whoever looks. */
const QUICK = ['check', 'list', 'metrics', 'volume:list-snapshots', 'volume:snapshot', 'volume:status'];

/** The script that has every command. */
const ALL = 'lib/all';

function script(contents: string, resolveDir: string): BuildOptions {
  return { stdin: { contents, resolveDir, sourcefile: 'bench.ts', loader: 'ts' } };
}

/** Ids such as `volume:status`. */
function commandIds(root: string): string[] {
  return readdirSync(join(root, 'src/commands'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, '').replaceAll('/', ':'))
    .sort();
}

/** src/run.ts with what it would else have to read: who it is, and which commands there are. */
function entry(root: string, commands: readonly string[]): string {
  return `
    ${product(root, commands)}
    export const run = (root, argv) => runProduct({ root, pjson, commands }, argv);
  `;
}

/** The same for the quick commands, which hands every other over before it has done anything. */
function quickEntry(root: string, all: readonly string[]): string {
  return `
    import { isQuick } from './src/command-line.js';
    ${product(root, QUICK)}
    const all = ${JSON.stringify(all)};
    export const run = (root, argv = process.argv.slice(2)) =>
      isQuick(argv, all, Object.keys(commands))
        ? runProduct({ root, pjson, commands }, argv)
        : require('${ALL}').run(root, argv);
  `;
}

function product(root: string, commands: readonly string[]): string {
  const { name, version, oclif } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const imports = commands.map(
    (id) => `'${id}': () => import('./src/commands/${id.replaceAll(':', '/')}.js'),`,
  );
  return `
    import { run as runProduct } from './src/run.js';
    const pjson = ${JSON.stringify({ name, version, oclif })};
    const commands = {${imports.join('\n')}};
  `;
}

async function write(root: string, script: string, from: BuildOptions): Promise<Metafile> {
  const outfile = join(root, 'dist', `${script}.js`);
  const { outputFiles, metafile } = await build({
    ...from,
    absWorkingDir: root,
    outfile,
    bundle: true,
    // Names stay: they are the names of errors, and in what BENCH_DEBUG prints.
    minifyWhitespace: true,
    minifySyntax: true,
    charset: 'ascii',
    legalComments: 'none',
    // A classic script has no import().
    supported: { 'dynamic-import': false },
    platform: 'node',
    external: [ALL],
    format: 'cjs',
    target: 'node20',
    define: {
      'process.env.NODE_ENV': '"production"',
      // An operator cannot do anything about what AWS' client says of Node.
      'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"',
    },
    logLevel: 'warning',
    metafile: true,
    write: false,
    plugins: [lateLibraries, lateCrypto, awsStubs, inkStubs, leanOclif, throughFaces],
  });
  const code = `(function (module, exports, require) {${outputFiles[0]?.text}\n})`;
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(outfile, `/*${hash}*/${code}\n`);
  return metafile;
}
