import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Metafile } from 'esbuild';

/**
 * Writes the page that a browser gets into `dist/page`: one script, one style sheet, each named after what is in it, and
 * index.html, which names them. Nothing of it is fetched from elsewhere.
 */
export async function bundlePage(root: string): Promise<Metafile> {
  const outdir = join(root, 'dist/page');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: 'src/page/main.tsx' },
    entryNames: '[name]-[hash]',
    outdir,
    bundle: true,
    minify: true,
    legalComments: 'none',
    platform: 'browser',
    format: 'esm',
    target: ['chrome110', 'firefox115', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
    metafile: true,
  });
  const names = Object.keys(metafile.outputs).map((path) => basename(path));
  const named = (ending: string) => {
    const name = names.find((each) => each.endsWith(ending));
    if (name === undefined) throw new Error(`the page has no ${ending}`);
    return name;
  };
  const html = readFileSync(join(root, 'src/page/index.html'), 'utf8');
  writeFileSync(
    join(outdir, 'index.html'),
    html.replace('{{css}}', named('.css')).replace('{{js}}', named('.js')),
  );
  return metafile;
}
