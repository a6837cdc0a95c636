import { copyFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { type CacheEntry, ensureEntry, removeUnused } from '../cache.js';
import { Guest } from '../guest.js';
import { digestOf } from '../package.js';
import { imageFiles, runtimeFiles, stateFiles } from '../paths.js';
import type { Progress } from '../progress.js';
import { QemuMachine } from './machine.js';
import { qemuImg } from './process.js';
import { type Accelerator, qemuRecipe } from './recipe.js';

/** The booted guest with ZFS loaded. One per accelerator: what was saved under one does not run under the other. */
export function ensureWarmState(
  image: CacheEntry,
  accelerator: Accelerator,
  progress: Progress,
): Promise<CacheEntry> {
  const dir = path.join(imageFiles(image.dir).states, `${accelerator}-base`);
  const build = async (partial: string) => {
    progress('booting the guest once, to save its state');
    const machine = await QemuMachine.start({ image, accelerator, label: 'warm state' });
    const guest = await Guest.on(machine);
    try {
      await guest.sh(qemuRecipe.warmUp, { timeoutMs: 300_000 });
      progress('saving the state');
      await saveState(machine, partial, '../../root.img', 'raw');
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
  const digest = await digestOf(deb);
  const { states } = imageFiles(image.dir);
  const build = async (partial: string) => {
    const base = await ensureWarmState(image, accelerator, progress);
    try {
      progress(`installing ${path.basename(deb)} in the guest`);
      const machine = await QemuMachine.start({ image, state: base, accelerator, label: 'product state' });
      const guest = await Guest.on(machine);
      try {
        await guest.push(deb, '/root/bench.deb');
        await guest.sh('dpkg -i /root/bench.deb; bench --version > /dev/null; sync', { timeoutMs: 300_000 });
        await saveState(machine, partial, `../${path.basename(base.dir)}/disk.qcow2`, 'qcow2');
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

/** Stops the machine for good. `backing` is the path from the state to what its disk lies on. */
async function saveState(
  machine: QemuMachine,
  dir: string,
  backing: string,
  format: 'raw' | 'qcow2',
): Promise<void> {
  const files = stateFiles(dir);
  await machine.freeze(files.memory);
  const { overlay } = runtimeFiles(machine.runtime);
  await rename(overlay, files.disk).catch(() => copyFile(overlay, files.disk));
  // A path relative to the state itself: it is about to be renamed into place.
  const { tools } = imageFiles(machine.record.image);
  await qemuImg(tools, ['rebase', '-u', '-b', backing, '-F', format, files.disk]);
}
