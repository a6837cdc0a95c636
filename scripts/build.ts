/**
 * Builds the product into `dist/`: one esbuild bundle with an entry per command and shared chunks, so that a
 * command loads only what it uses, the oclif manifest, man page and completions from it, and the licences of what is
 * bundled. Then the Debian package into `build/`.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';
import { build } from 'esbuild';
import { bashCompletion } from './completions/bash.js';
import { fishCompletion } from './completions/fish.js';
import { zshCompletion } from './completions/zsh.js';
import { buildDeb } from './deb.js';
import { inkStubs } from './ink-stubs.js';
import { leanOclif } from './lean-oclif.js';
import { manPage } from './man.js';
import { readManual } from './manifest.js';
import { thirdPartyLicences } from './third-party.js';
import { throughFaces } from './through-faces.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function bundle(): Promise<void> {
  const commands = readdirSync(join(root, 'src/commands'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src/commands', name));
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/run.ts', ...commands],
    outbase: 'src',
    outdir: 'dist',
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    define: { 'process.env.NODE_ENV': '"production"' },
    // oclif and execa's dependencies are CommonJS and call require() for Node's own modules.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
    metafile: true,
    plugins: [inkStubs, leanOclif, throughFaces],
  });
  // For the test of what is loaded when; no part of the product.
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(join(root, 'build/meta.json'), JSON.stringify(metafile));
  writeFileSync(join(root, 'dist/THIRD-PARTY'), thirdPartyLicences(root, Object.keys(metafile.inputs)));
}

/** What `oclif manifest` writes, without that package: it would more than double what a clone installs. */
async function writeManifest(): Promise<void> {
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`);
}

function writeManual(): void {
  const manual = readManual(root);
  mkdirSync(join(root, 'dist/share'));
  const write = (name: string, text: string) => writeFileSync(join(root, 'dist/share', name), text);
  write('bench.1', manPage(manual));
  write('bench.bash', bashCompletion(manual));
  write('_bench', zshCompletion(manual));
  write('bench.fish', fishCompletion(manual));
}

rmSync(join(root, 'oclif.manifest.json'), { force: true });
await bundle();
await writeManifest();
writeManual();
const deb = await buildDeb(root, join(root, 'build'));
console.error(`built ${relative(root, deb)}`);
