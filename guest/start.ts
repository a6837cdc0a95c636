import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseAccelerator } from './accelerator.js';
import { ensureImage } from './build.js';
import type { CacheEntry } from './cache.js';
import type { DiskSpec } from './disks.js';
import { GuestError } from './errors.js';
import { Guest } from './guest.js';
import { type Progress, stderrProgress } from './progress.js';
import { sweepRuntimes } from './runtime.js';
import { ensureProductState, ensureWarmState, findDeb } from './states.js';

export interface StartOptions {
  /** They are /dev/vdb, /dev/vdc … in this order. */
  disks?: readonly DiskSpec[];
  /** `product`: with the package that `npm run build` made installed. `base` (default): without. */
  image?: 'base' | 'product';
  /** Another size than the default cannot be resumed and boots instead, in most of a minute. */
  memoryMiB?: number;
  /** Names the guest in what a failure leaves behind. */
  label?: string;
  /** A power cut loses every write that was not flushed: see MachineOptions. */
  losesUnflushed?: boolean;
  /** Survives this process; only for the command line. */
  detached?: boolean;
}

const buildDir = fileURLToPath(new URL('../build/', import.meta.url));

/** A fresh guest in seconds; what is missing for that (minutes, once) is made first. */
export async function startGuest(
  options: StartOptions = {},
  progress: Progress = stderrProgress(),
): Promise<Guest> {
  sweepRuntimes();
  const { image: wanted = 'base', ...rest } = options;
  const { image, state, accelerator } = await prepareGuest(wanted, progress);
  try {
    return await Guest.start({ ...rest, image, state, accelerator });
  } finally {
    // The guest has taken leases of its own.
    state.lease.release();
    image.lease.release();
  }
}

/** Makes what `startGuest` starts from: the image, its saved state, and the one with the product. */
export async function prepareGuest(wanted: 'base' | 'product', progress: Progress = stderrProgress()) {
  const image = await ensureImage(progress);
  const accelerator = await chooseAccelerator(image.dir, progress);
  const state =
    wanted === 'base'
      ? await ensureWarmState(image, accelerator, progress)
      : await ensureProductState(await requireDeb(), image, accelerator, progress);
  return { image, state, accelerator } satisfies {
    image: CacheEntry;
    state: CacheEntry;
    accelerator: string;
  };
}

export function builtDeb(): Promise<string | undefined> {
  return findDeb(buildDir);
}

async function requireDeb(): Promise<string> {
  const deb = await builtDeb();
  if (!deb)
    throw new GuestError(`no ${path.join(buildDir, 'bench_<version>_all.deb')}: run npm run build first`);
  return deb;
}
