import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DiskSpec } from './disks.js';
import { GuestError } from './errors.js';
import { ownFile } from './recipe.js';

const buildDir = fileURLToPath(new URL('../build/', import.meta.url));

/** The package that `npm run build` leaves; undefined when there is none. */
export async function builtDeb(): Promise<string | undefined> {
  const names = await readdir(buildDir).catch(() => [] as string[]);
  const debs = names.filter((name) => /^bench_.*_all\.deb$/.test(name));
  if (debs.length > 1) {
    throw new GuestError(`more than one package in ${buildDir}: ${debs.join(', ')}; remove the old ones`);
  }
  return debs[0] === undefined ? undefined : path.join(buildDir, debs[0]);
}

/** The same, where there has to be one. */
export async function requireDeb(): Promise<string> {
  const deb = await builtDeb();
  if (!deb)
    throw new GuestError(`no ${path.join(buildDir, 'bench_<version>_all.deb')}: run npm run build first`);
  return deb;
}

/** Names a package by what is in it, whatever its version says. */
export async function digestOf(deb: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(deb))
    .digest('hex')
    .slice(0, 16);
}

/** The disk of the image `bench`, and the script that fills it. */
export const benchDisk: DiskSpec = { size: '20G', serial: 'disk-a' };
export const benchScript = ownFile('bench.sh');
