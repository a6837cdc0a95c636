import { copyFile, cp } from 'node:fs/promises';
import path from 'node:path';
import type { BuildLog } from '../build-log.js';
import type { CacheEntry } from '../cache.js';
import { buildLogged, makeKey, makeRootDisk, unpackDebian } from '../debian.js';
import { ensureMade } from '../images.js';
import { imageFiles } from '../paths.js';
import type { Progress } from '../progress.js';
import { provisionScript } from '../recipe.js';
import { ensureKernel, kernelFiles } from './kernel.js';
import { umlRecipe, umlScript } from './recipe.js';

/** The image of a guest as User Mode Linux, from the cache or built now. */
export function ensureUmlImage(progress: Progress): Promise<CacheEntry> {
  return ensureMade('uml', (dir) => buildImage(dir, progress), progress);
}

function buildImage(dir: string, progress: Progress): Promise<void> {
  progress('building the guest: Debian, MariaDB, and Linux with ZFS as a process; once, in 6 to 9 minutes');
  return buildLogged(dir, 'the guest', progress, async (build, mirror) => {
    // At once: one mostly downloads and unpacks while the other compiles. Both to their end, even if one fails: what
    // goes on after that would fill a directory that is being removed.
    const [kernel, system] = await Promise.allSettled([
      ensureKernel(progress),
      unpackSystem(dir, mirror, build),
    ]);
    if (kernel.status === 'rejected') throw kernel.reason;
    try {
      if (system.status === 'rejected') throw system.reason;
      const { linux, modules } = kernelFiles(kernel.value.dir);
      await copyFile(linux, imageFiles(dir).linux);
      await cp(modules, path.join(rootfsOf(dir), 'usr/lib/modules'), { recursive: true });
    } finally {
      kernel.value.lease.release();
    }
    await makeRootDisk(dir, rootfsOf(dir), build);
  });
}

const rootfsOf = (dir: string) => path.join(dir, 'rootfs');

async function unpackSystem(dir: string, mirror: string, build: BuildLog): Promise<void> {
  const env = { AUTHORIZED_KEY: await makeKey(dir, build) };
  const { tools } = imageFiles(dir);
  const passt = { variant: 'extract', packages: umlRecipe.tools, target: tools, mirror } as const;
  await build.run('unpacking passt', unpackDebian(passt));
  const packages = [...umlRecipe.packages, ...umlRecipe.zfsPackages];
  const hooks = [provisionScript, umlScript];
  const system = { variant: 'minbase', packages, target: rootfsOf(dir), mirror, hooks } as const;
  await build.run('unpacking Debian and MariaDB', unpackDebian(system), env);
}
