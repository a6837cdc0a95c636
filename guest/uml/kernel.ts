import { copyFile, cp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { CacheEntry } from '../cache.js';
import { buildLogged, unpackDebian } from '../debian.js';
import { ensureMade } from '../images.js';
import type { Progress } from '../progress.js';
import { kernelScript, umlKernelRecipe } from './recipe.js';

/** What is kept of the kernel. */
export function kernelFiles(dir: string) {
  return { linux: path.join(dir, 'linux'), modules: path.join(dir, 'modules') };
}

/** Linux as a program, with ZFS' module for it; from the cache or compiled now. */
export function ensureKernel(progress: Progress): Promise<CacheEntry> {
  return ensureMade('kernel', (dir) => compile(dir, progress), progress);
}

function compile(dir: string, progress: Progress): Promise<void> {
  return buildLogged(dir, 'the kernel', progress, async (build, mirror) => {
    const target = path.join(dir, 'compiler');
    const { packages } = umlKernelRecipe;
    const hooks = [kernelScript];
    const compiler = { variant: 'apt', packages, backports: true, target, mirror, hooks } as const;
    await build.run('unpacking a compiler', unpackDebian(compiler));
    const files = kernelFiles(dir);
    await copyFile(path.join(target, 'out/linux'), files.linux);
    await cp(path.join(target, 'out/lib/modules'), files.modules, { recursive: true });
    await rm(target, { recursive: true });
  });
}
