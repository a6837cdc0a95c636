import path from 'node:path';
import { type CacheEntry, ensureEntry, removeUnused } from '../cache.js';
import { copySparse } from '../disks.js';
import { Guest } from '../guest.js';
import { digestOf } from '../package.js';
import { imageFiles, runtimeFiles, stateFiles } from '../paths.js';
import type { Progress } from '../progress.js';
import { UmlMachine } from './machine.js';

/** The guest with the product's package installed as a user would, `dpkg -i`, and shut down. */
export async function ensureProductState(
  deb: string,
  image: CacheEntry,
  progress: Progress,
): Promise<CacheEntry> {
  const { states } = imageFiles(image.dir);
  const entry = await ensureEntry(
    path.join(states, `product-${await digestOf(deb)}`),
    async (partial) => {
      progress(`installing ${path.basename(deb)} in the guest`);
      await using guest = await Guest.on(await UmlMachine.start({ image, label: 'product state' }));
      await guest.push(deb, '/root/bench.deb');
      await guest.sh('dpkg -i /root/bench.deb; bench --version > /dev/null', { timeoutMs: 300_000 });
      await guest.powerOff();
      await copySparse(runtimeFiles(guest.runtime).overlay, stateFiles(partial).overlay);
    },
    progress,
  );
  const names = /^product-[0-9a-f]{16}$/;
  await removeUnused(states, { names, keep: (newestFirst) => newestFirst.slice(0, 2) });
  return entry;
}
