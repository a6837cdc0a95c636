import { closeSync, constants, openSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { chooseStableName } from './names.js';
import { known, type Reading, unknown } from './types.js';

/** What the names of devices lead to. */
export interface DeviceNames {
  /** The recorded name of each device: resolved path → link in /dev/disk/by-id. */
  stablePaths(): Map<string, string>;
  /** Where a path really leads; undefined where it leads nowhere. */
  resolve(path: string): string | undefined;
}

/** What the kernel and udev say without a program being started. A unit test passes its own. */
export interface HostFacts extends DeviceNames {
  isRoot(): boolean;
  /** Who holds a whole device (device-mapper, md, bcache …): the entries of /sys/block/NAME/holders. */
  holders(kname: string): Reading<string[]>;
  /** The kernel's own world-wide name of a disk, or null: lsblk knows one only where udev runs. */
  wwid(kname: string): string | null;
  /** Active swap areas: the first column of /proc/swaps. */
  swapPaths(): Reading<string[]>;
  /** The kernel module of ZFS is loaded, so pools can be imported. */
  zfsLoaded(): boolean;
  /** O_RDONLY|O_EXCL on a block device: EBUSY while anything of the kernel's uses it. Needs root. */
  openExclusively(path: string): Reading<'free' | 'busy'>;
}

const BY_ID = '/dev/disk/by-id';

export const hostFacts: HostFacts = {
  isRoot: () => process.geteuid?.() === 0,
  holders: (kname) => read(() => readdirSync(join('/sys/block', kname, 'holders'))),
  wwid: (kname) => readWwid(join('/sys/block', kname)),
  swapPaths: () => read(() => parseSwaps(readFileSync('/proc/swaps', 'utf8'))),
  stablePaths: () => readStablePaths(BY_ID),
  resolve,
  zfsLoaded: () => resolve('/sys/module/zfs') !== undefined,
  openExclusively: (path) => read(() => openExclusively(path)),
};

/** The kernel writes blanks in a path as `\040` and marks a removed file with `\040(deleted)`. */
export function parseSwaps(text: string): string[] {
  const [, ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) =>
    (line.split(/\s+/)[0] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    ),
  );
}

/** A directory that is missing means that no disk has such a name (virtio disks without a serial). */
export function readStablePaths(directory: string): Map<string, string> {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return new Map();
  }
  const byTarget = new Map<string, string[]>();
  for (const name of names) {
    const target = resolve(join(directory, name));
    if (target !== undefined) byTarget.set(target, [...(byTarget.get(target) ?? []), name]);
  }
  const chosen = new Map<string, string>();
  for (const [target, links] of byTarget) {
    const name = chooseStableName(links);
    if (name !== null) chosen.set(target, join(directory, name));
  }
  return chosen;
}

/**
 * SCSI disks have it in `device/wwid`, NVMe namespaces in `wwid`. Names that a vendor only made up from its model
 * (`t10.`) are left out: on virtual disks they are not unique.
 */
export function readWwid(directory: string): string | null {
  for (const file of ['wwid', 'device/wwid']) {
    try {
      const text = readFileSync(join(directory, file), 'utf8').trim();
      if (/^(naa|eui|uuid|nvme)\..*[1-9a-f]/.test(text)) return text;
    } catch {
      // Most disks have only one of the two, virtio disks none.
    }
  }
  return null;
}

function resolve(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function openExclusively(path: string): 'free' | 'busy' {
  try {
    // O_NONBLOCK: a drive without a medium answers at once instead of waiting for one.
    closeSync(openSync(path, constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK));
    return 'free';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return 'busy';
    throw error;
  }
}

function read<T>(reader: () => T): Reading<T> {
  try {
    return known(reader());
  } catch (error) {
    return unknown((error as Error).message);
  }
}
