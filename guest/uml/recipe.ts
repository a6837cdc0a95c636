import { readdirSync } from 'node:fs';
import { ownFile, provisionScript, recipe, recipeHash } from '../recipe.js';

/** The kernel of a guest as User Mode Linux, kept apart: compiling it takes most of the time. */
export const umlKernelRecipe = {
  suite: recipe.suite,
  /** What kernel.sh needs. */
  packages: [
    ...['gcc', 'libc6-dev', 'make', 'bc', 'bison', 'flex', 'libelf-dev', 'kmod', 'xz-utils', 'patch'],
    ...['perl', 'gawk', 'python3-minimal', 'diffutils'],
  ],
} as const;

/** The rest of the recipe for a guest as User Mode Linux: a kernel of its own that is a process of the host. */
export const umlRecipe = {
  ...recipe,

  /** What provides the guest's network, unpacked beside the image. */
  tools: ['passt'],

  /** Only what works with ZFS: its module is compiled with the kernel. */
  zfsPackages: ['zfsutils-linux', 'zfs-zed'],

  /**
   * A kernel like this one was seen to panic ("Bad page map") with Node's io_uring, so nobody in the guest may use it.
   * `noreboot`: a guest that restarts ends, as QEMU does.
   */
  kernelArguments: [
    ...['root=/dev/vda', 'rootfstype=ext4', 'rw', 'net.ifnames=0', 'quiet', 'loglevel=3', 'noreboot'],
    ...['seccomp=on', 'sysctl.kernel.io_uring_disabled=2'],
  ],
} as const;

export const kernelScript = ownFile('uml/kernel.sh');
export const umlScript = ownFile('uml/provision.sh');

export function umlKernelHash(): string {
  const patches = readdirSync(ownFile('uml/patches')).sort();
  const files = ['uml/kernel.config', ...patches.map((name) => `uml/patches/${name}`)];
  return recipeHash(umlKernelRecipe, [kernelScript, ...files.map(ownFile)]);
}

export function umlHash(): string {
  return recipeHash({ ...umlRecipe, kernel: umlKernelHash() }, [provisionScript, umlScript]);
}
