import { readFileSync } from 'node:fs';
import type { CacheEntry } from './cache.js';
import { chooseMachine, type Needs } from './choose.js';
import type { DiskSpec } from './disks.js';
import { Guest } from './guest.js';
import { benchDisk, benchScript, requireDeb } from './package.js';
import { type Progress, stderrProgress } from './progress.js';
import { chooseAccelerator } from './qemu/accelerator.js';
import { ensureQemuImage } from './qemu/image.js';
import { QemuMachine } from './qemu/machine.js';
import * as qemuStates from './qemu/states.js';
import { sweepRuntimes } from './runtime.js';
import { ensureUmlImage } from './uml/image.js';
import { UmlMachine } from './uml/machine.js';
import * as umlStates from './uml/states.js';

export { builtDeb } from './package.js';

export type Image = 'base' | 'product' | 'bench';

export interface StartOptions extends Needs {
  /** They are /dev/vdb, /dev/vdc … in this order. */
  disks?: readonly DiskSpec[];
  /**
   * `product`: with the package that `npm run build` made installed. `bench`: with the bench `shop` too, provisioned on
   * the disk `disk-a` of 20G, which is /dev/vdb, and with what `bench.sh` puts in it. `base` (default): neither.
   */
  image?: Image;
  /** Under QEMU another size than the default cannot be resumed and boots instead, in most of a minute. */
  memoryMiB?: number;
  /** Names the guest in what a failure leaves behind. */
  label?: string;
  /** Survives this process; only for the command line. */
  detached?: boolean;
}

/** A fresh guest in seconds; what is missing for that (minutes, once) is made first. */
export async function startGuest(
  options: StartOptions = {},
  progress: Progress = stderrProgress(),
): Promise<Guest> {
  sweepRuntimes();
  const { image: wanted = 'base', machine: _, losesUnflushed = false, disks: own = [], ...others } = options;
  const rest = { ...others, disks: wanted === 'bench' ? [benchDisk, ...own] : own };
  const prepared = await prepareGuest(wanted, progress, options);
  const { image, state } = prepared;
  try {
    const machine =
      prepared.machine === 'uml'
        ? await UmlMachine.start({ ...rest, image, ...(state ? { state } : {}) })
        : await QemuMachine.start({
            ...{ ...rest, losesUnflushed, image, accelerator: prepared.accelerator },
            ...(state ? { state } : {}),
          });
    const guest = await Guest.on(machine);
    if (wanted === 'bench' && prepared.machine === 'qemu') await provisionBench(guest);
    return guest;
  } finally {
    // The guest has taken leases of its own.
    state?.lease.release();
    image.lease.release();
  }
}

/** A saved state of QEMU knows no disks, so there each guest makes its bench itself. */
async function provisionBench(guest: Guest): Promise<void> {
  try {
    await guest.sh(readFileSync(benchScript, 'utf8'), { timeoutMs: 600_000 });
  } catch (error) {
    await guest.stop();
    throw error;
  }
}

/** Makes what `startGuest` starts from: the image, and what is saved of it. */
export async function prepareGuest(wanted: Image, progress: Progress = stderrProgress(), needs: Needs = {}) {
  const machine = await chooseMachine(needs, progress);
  if (machine === 'uml') {
    const image = await ensureUmlImage(progress);
    return { machine, image, state: await umlState(wanted, image, progress) } as const;
  }
  const image = await ensureQemuImage(progress);
  const accelerator = await chooseAccelerator(image.dir, progress);
  const state =
    wanted === 'base'
      ? await qemuStates.ensureWarmState(image, accelerator, progress)
      : await qemuStates.ensureProductState(await requireDeb(), image, accelerator, progress);
  return { machine, image, state, accelerator } as const;
}

async function umlState(
  wanted: Image,
  image: CacheEntry,
  progress: Progress,
): Promise<CacheEntry | undefined> {
  if (wanted === 'base') return undefined;
  const ensure = wanted === 'bench' ? umlStates.ensureBenchState : umlStates.ensureProductState;
  return ensure(await requireDeb(), image, progress);
}
