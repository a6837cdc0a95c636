import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type CacheEntry, ensureEntry, removeUnused } from '../cache.js';
import { copySparse, type DiskSpec } from '../disks.js';
import { Guest } from '../guest.js';
import { benchDisk, benchScript, digestOf } from '../package.js';
import { imageFiles, runtimeFiles, stateFiles } from '../paths.js';
import type { Progress } from '../progress.js';
import { UmlMachine } from './machine.js';

/** The guest with the product's package installed as a user would, `dpkg -i`, and shut down. */
export function ensureProductState(deb: string, image: CacheEntry, progress: Progress): Promise<CacheEntry> {
  return ensureState(image, 'product', deb, progress, async (partial) => {
    progress(`installing ${path.basename(deb)} in the guest`);
    await make(partial, image, [], undefined, async (guest) => {
      await guest.push(deb, '/root/bench.deb');
      await guest.sh('dpkg -i /root/bench.deb; bench --version > /dev/null', { timeoutMs: 300_000 });
    });
  });
}

/** The same, with a pool on its first disk and the bench that `bench.sh` makes. */
export function ensureBenchState(deb: string, image: CacheEntry, progress: Progress): Promise<CacheEntry> {
  return ensureState(image, 'bench', deb, progress, async (partial) => {
    const product = await ensureProductState(deb, image, progress);
    try {
      progress('provisioning a bench in the guest');
      await make(partial, image, [benchDisk], product, async (guest) => {
        await guest.sh(readFileSync(benchScript, 'utf8'), { timeoutMs: 300_000 });
      });
    } finally {
      product.lease.release();
    }
  });
}

/** A state of this kind for this package, from the cache or made now; of each kind the newest two are kept. */
async function ensureState(
  image: CacheEntry,
  kind: 'product' | 'bench',
  deb: string,
  progress: Progress,
  build: (partial: string) => Promise<void>,
): Promise<CacheEntry> {
  const { states } = imageFiles(image.dir);
  const script = kind === 'bench' ? readFileSync(benchScript) : '';
  const digest = createHash('sha256')
    .update(await digestOf(deb))
    .update(script)
    .digest('hex')
    .slice(0, 16);
  const entry = await ensureEntry(path.join(states, `${kind}-${digest}`), build, progress);
  const names = new RegExp(`^${kind}-[0-9a-f]{16}$`);
  await removeUnused(states, { names, keep: (newestFirst) => newestFirst.slice(0, 2) });
  return entry;
}

/** Boots, has something done, shuts down, and keeps what is on the disks. */
async function make(
  partial: string,
  image: CacheEntry,
  disks: readonly DiskSpec[],
  state: CacheEntry | undefined,
  work: (guest: Guest) => Promise<void>,
): Promise<void> {
  const label = path.basename(partial);
  const machine = await UmlMachine.start({ image, disks, label, ...(state ? { state } : {}) });
  await using guest = await Guest.on(machine);
  await work(guest);
  await guest.powerOff();
  const kept = stateFiles(partial);
  await copySparse(runtimeFiles(guest.runtime).overlay, kept.overlay);
  for (const disk of guest.disks) await copySparse(disk.file, kept.diskAt(disk.place));
}
