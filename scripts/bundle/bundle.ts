import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { awsStubs } from './aws-stubs.js';
import { inkStubs } from './ink-stubs.js';
import { LATE_LIBRARIES, lateLibraries, scriptOf, WEB } from './late-libraries.js';
import { leanOclif } from './lean-oclif.js';
import { throughFaces } from './through-faces.js';

/**
 * Writes the scripts that bin/run.cjs loads: `dist/bench.js`, in which every command and what it imports is evaluated
 * when it is asked for, and `dist/lib`. Why one script: docs/decisions/start-time.md.
 * @returns what went into each
 */
export async function bundle(root: string): Promise<Metafile[]> {
  const bench = write(root, 'bench', {
    stdin: { contents: entry(root), resolveDir: root, sourcefile: 'bench.ts', loader: 'ts' },
  });
  // A classic script has no import().
  const supported = { 'dynamic-import': false };
  const libraries = LATE_LIBRARIES.map((name) =>
    write(root, scriptOf(name), { entryPoints: [name], supported }),
  );
  const web = write(root, WEB.script, { entryPoints: [WEB.entry], supported });
  return Promise.all([bench, ...libraries, web]);
}

/** src/run.ts with what it would else have to read: who it is, and which commands there are. */
function entry(root: string): string {
  const { name, version, oclif } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const commands = readdirSync(join(root, 'src/commands'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, ''))
    .sort()
    .map((path) => `'${path.replaceAll('/', ':')}': () => import('./src/commands/${path}.js'),`);
  return `
    import { run as runProduct } from './src/run.js';
    const pjson = ${JSON.stringify({ name, version, oclif })};
    const commands = {${commands.join('\n')}};
    export const run = (root: string, argv?: string[]) => runProduct({ root, pjson, commands }, argv);
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
    platform: 'node',
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
    plugins: [lateLibraries, awsStubs, inkStubs, leanOclif, throughFaces],
  });
  const code = `(function (module, exports, require) {${outputFiles[0]?.text}\n})`;
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(outfile, `/*${hash}*/${code}\n`);
  return metafile;
}
