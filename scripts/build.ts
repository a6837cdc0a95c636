/**
 * Builds the product into `dist/`: its scripts, the oclif manifest, man page and completions from it, and the licences
 * of what is bundled. Then the Debian package into `build/`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';
import { bundle } from './bundle/bundle.js';
import { bundlePage } from './bundle/page.js';
import { warmUp } from './bundle/warm-up.js';
import { bashCompletion } from './completions/bash.js';
import { fishCompletion } from './completions/fish.js';
import { zshCompletion } from './completions/zsh.js';
import { buildDeb } from './deb.js';
import { manPage } from './man.js';
import { readManual } from './manifest.js';
import { thirdPartyLicences } from './third-party.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function writeScripts(): Promise<void> {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const metafiles = await bundle(root);
  // For the test of what is loaded when; no part of the product.
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(join(root, 'build/meta.json'), JSON.stringify(metafiles));
  writeFileSync(join(root, 'dist/warm-up.json'), JSON.stringify(warmUp()));
  const page = await bundlePage(root);
  const inputs = [...metafiles, page].flatMap((metafile) => Object.keys(metafile.inputs));
  writeFileSync(join(root, 'dist/THIRD-PARTY'), thirdPartyLicences(root, inputs));
}

/** What `oclif manifest` writes, without that package: it would more than double what a clone installs. */
async function writeManifest(): Promise<void> {
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const plugin = new Plugin({
    root,
    pjson,
    type: 'core',
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
  });
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
await writeScripts();
await writeManifest();
writeManual();
execFileSync(process.execPath, [join(root, 'bin/compile.cjs')], { stdio: 'inherit' });
const deb = await buildDeb(root, join(root, 'build'));
console.error(`built ${relative(root, deb)}`);
