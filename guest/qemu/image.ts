import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildLog } from '../build-log.js';
import type { CacheEntry } from '../cache.js';
import { buildLogged, makeKey, makeRootDisk, only, unpackDebian } from '../debian.js';
import { ensureMade } from '../images.js';
import { imageFiles } from '../paths.js';
import type { Progress } from '../progress.js';
import { provisionScript } from '../recipe.js';
import { kernelScript, qemuRecipe } from './recipe.js';

/** The image of a guest under QEMU, from the cache or built now. */
export function ensureQemuImage(progress: Progress): Promise<CacheEntry> {
  return ensureMade('qemu', (dir) => buildImage(dir, progress), progress);
}

function buildImage(dir: string, progress: Progress): Promise<void> {
  progress('building the guest for QEMU: Debian, its kernel, ZFS and MariaDB; once, in 4 to 10 minutes');
  return buildLogged(dir, 'the guest for QEMU', progress, (build, mirror) => makeImage(dir, mirror, build));
}

async function makeImage(dir: string, mirror: string, build: BuildLog): Promise<void> {
  const files = imageFiles(dir);
  const rootfs = path.join(dir, 'rootfs');
  const env = { ZFS_PACKAGES: qemuRecipe.zfsPackages.join(' '), AUTHORIZED_KEY: await makeKey(dir, build) };
  const tools = { variant: 'extract', packages: qemuRecipe.tools, target: files.tools, mirror } as const;
  const packages = [...qemuRecipe.packages, ...qemuRecipe.kernelPackages];
  const hooks = [kernelScript, provisionScript];
  const guest = { variant: 'minbase', packages, target: rootfs, mirror, hooks } as const;

  // At once: one mostly downloads and unpacks while the other compiles.
  await Promise.all([
    build.run('unpacking QEMU 10', unpackDebian(tools)),
    build.run('unpacking Debian, the kernel and MariaDB', unpackDebian(guest), env),
  ]);
  await copyFile(await only(path.join(rootfs, 'boot'), 'vmlinuz-'), files.kernel);
  await copyFile(await only(path.join(rootfs, 'boot'), 'initrd.img-'), files.initrd);
  await makeRootDisk(dir, rootfs, build);
}
