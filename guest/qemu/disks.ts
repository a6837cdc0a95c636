import type { AttachedDisk } from '../disks.js';
import { qemuRecipe } from './recipe.js';
import { loggedNode } from './write-log.js';

/** The slot of the PCI bus that a disk is in, which decides its letter. */
export function slotOf(disk: AttachedDisk): number {
  return qemuRecipe.machine.firstDiskSlot - 1 + disk.place;
}

/** What `blockdev-add` takes, and in JSON what `-blockdev` takes. */
export function blockNode(disk: AttachedDisk, log?: string): Record<string, unknown> {
  const name = `node${disk.place}`;
  if (log !== undefined) return loggedNode(name, rawNode(disk), log);
  return { 'node-name': name, ...rawNode(disk) };
}

function rawNode(disk: AttachedDisk): Record<string, unknown> {
  return {
    driver: 'raw',
    'read-only': disk.readOnly === true,
    discard: 'unmap',
    // The file outlives QEMU in the host's page cache, so flushing to the host's disk protects nothing.
    cache: { direct: false, 'no-flush': true },
    file: { driver: 'file', filename: disk.file, cache: { direct: false, 'no-flush': true } },
  };
}

export const deviceId = (disk: AttachedDisk) => `disk${disk.place}`;

/** What `device_add` takes, and in JSON what `-device` takes. */
export function blockDevice(disk: AttachedDisk): Record<string, unknown> {
  return {
    driver: 'virtio-blk-pci',
    id: deviceId(disk),
    drive: `node${disk.place}`,
    addr: slotOf(disk).toString(16),
    ...(disk.serial === undefined ? {} : { serial: disk.serial }),
  };
}
