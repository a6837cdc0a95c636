import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { type CacheEntry, ensureEntry, removeUnused } from './cache.js';
import { GuestError } from './errors.js';
import { Guest } from './guest.js';
import { imageFiles, runtimeFiles, stateFiles } from './paths.js';
import type { Progress } from './progress.js';
import { qemuImg } from './qemu.js';
import { type Accelerator, recipe } from './recipe.js';

/** The booted guest with ZFS loaded. One per accelerator: what was saved under one does not run under the other. */
export function ensureWarmState(
  image: CacheEntry,
  accelerator: Accelerator,
  progress: Progress,
): Promise<CacheEntry> {
  const dir = path.join(imageFiles(image.dir).states, `${accelerator}-base`);
  const build = async (partial: string) => {
    progress('booting the guest once, to save its state');
    const guest = await Guest.start({ image, accelerator, label: 'warm state' });
    try {
      await guest.sh(recipe.warmUp, { timeoutMs: 300_000 });
      progress('saving the state');
      await saveState(guest, partial, '../../root.img', 'raw');
    } finally {
      await guest.stop();
    }
  };
  return ensureEntry(dir, build, progress);
}

/** The warm guest with the product's package installed as a user would: `dpkg -i`. */
export async function ensureProductState(
  deb: string,
  image: CacheEntry,
  accelerator: Accelerator,
  progress: Progress,
): Promise<CacheEntry> {
  const digest = createHash('sha256')
    .update(await readFile(deb))
    .digest('hex')
    .slice(0, 16);
  const { states } = imageFiles(image.dir);
  const build = async (partial: string) => {
    const base = await ensureWarmState(image, accelerator, progress);
    try {
      progress(`installing ${path.basename(deb)} in the guest`);
      const guest = await Guest.start({ image, state: base, accelerator, label: 'product state' });
      try {
        await guest.push(deb, '/root/bench.deb');
        await guest.sh('dpkg -i /root/bench.deb; bench --version > /dev/null; sync', { timeoutMs: 300_000 });
        await saveState(guest, partial, `../${path.basename(base.dir)}/disk.qcow2`, 'qcow2');
      } finally {
        await guest.stop();
      }
    } finally {
      base.lease.release();
    }
  };
  const entry = await ensureEntry(path.join(states, `${accelerator}-product-${digest}`), build, progress);
  const names = new RegExp(`^${accelerator}-product-[0-9a-f]{16}$`);
  await removeUnused(states, { names, keep: (newestFirst) => newestFirst.slice(0, 2) });
  return entry;
}

/** Stops the guest for good. `backing` is the path from the state to what its disk lies on. */
async function saveState(guest: Guest, dir: string, backing: string, format: 'raw' | 'qcow2'): Promise<void> {
  const files = stateFiles(dir);
  await guest.freeze(files.memory);
  const overlay = runtimeFiles(guest.runtime).overlay;
  await rename(overlay, files.disk).catch(() => copyFile(overlay, files.disk));
  // A path relative to the state itself: it is about to be renamed into place.
  await qemuImg(imageFiles(guest.image).tools, ['rebase', '-u', '-b', backing, '-F', format, files.disk]);
}

/** The package that `npm run build` leaves; undefined when there is none. */
export async function findDeb(buildDir: string): Promise<string | undefined> {
  const names = await readdir(buildDir).catch(() => [] as string[]);
  const debs = names.filter((name) => /^bench_.*_all\.deb$/.test(name));
  if (debs.length > 1) {
    throw new GuestError(`more than one package in ${buildDir}: ${debs.join(', ')}; remove the old ones`);
  }
  return debs[0] === undefined ? undefined : path.join(buildDir, debs[0]);
}
