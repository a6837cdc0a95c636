import { chooseMachine, type Needs } from './choose.js';
import type { DiskSpec } from './disks.js';
import { Guest } from './guest.js';
import { requireDeb } from './package.js';
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

export interface StartOptions extends Needs {
  /** They are /dev/vdb, /dev/vdc … in this order. */
  disks?: readonly DiskSpec[];
  /** `product`: with the package that `npm run build` made installed. `base` (default): without. */
  image?: 'base' | 'product';
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
  const { image: wanted = 'base', machine: _, losesUnflushed = false, ...rest } = options;
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
    return await Guest.on(machine);
  } finally {
    // The guest has taken leases of its own.
    state?.lease.release();
    image.lease.release();
  }
}

/** Makes what `startGuest` starts from: the image, and what is saved of it. */
export async function prepareGuest(
  wanted: 'base' | 'product',
  progress: Progress = stderrProgress(),
  needs: Needs = {},
) {
  const machine = await chooseMachine(needs, progress);
  if (machine === 'uml') {
    const image = await ensureUmlImage(progress);
    const state =
      wanted === 'base' ? undefined : await umlStates.ensureProductState(await requireDeb(), image, progress);
    return { machine, image, state } as const;
  }
  const image = await ensureQemuImage(progress);
  const accelerator = await chooseAccelerator(image.dir, progress);
  const state =
    wanted === 'base'
      ? await qemuStates.ensureWarmState(image, accelerator, progress)
      : await qemuStates.ensureProductState(await requireDeb(), image, accelerator, progress);
  return { machine, image, state, accelerator } as const;
}
