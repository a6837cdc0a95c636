import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { GuestError } from './errors.js';

/** A disk of a guest. They are /dev/vdb, /dev/vdc … in the order given. */
export interface DiskSpec {
  /** As for `bench.toml`: a whole number with K, M, G or T. Sparse on the host. */
  size: string;
  /** Gives /dev/disk/by-id/virtio-<serial>; without one the disk has no stable name. At most 20 characters. */
  serial?: string;
  readOnly?: boolean;
  /** A file system that is on the disk before the guest sees it. */
  format?: 'ext4' | 'ext3' | 'ext2';
}

/** A disk of a machine. */
export interface AttachedDisk extends DiskSpec {
  /** How the API names it: its serial, else `disk<n>`. */
  readonly name: string;
  /** Its place among the disks that this guest ever had, from 1. */
  readonly place: number;
  readonly file: string;
  /** Whether the machine has it now; reboots and hot-plugging change that. */
  attached: boolean;
  /** Of User Mode Linux: which of its devices the disk is; 1 is vdb. */
  unit?: number;
}

/** As many as there are letters after that of the root disk. */
const mostDisks = 25;

export function planDisks(
  specs: readonly DiskSpec[],
  directory: string,
  taken: readonly AttachedDisk[] = [],
): AttachedDisk[] {
  const disks = [...taken];
  for (const spec of specs) {
    checkSpec(spec);
    const place = disks.length + 1;
    if (place > mostDisks) throw new GuestError(`a guest takes at most ${mostDisks} disks`);
    const name = spec.serial ?? `disk${place}`;
    // Two legs of a multipath device share a serial: then the second is named by its place as well.
    const unique = disks.some((disk) => disk.name === name) ? `${name}.${place}` : name;
    const file = path.join(directory, `disk${place}.img`);
    disks.push({ ...spec, name: unique, place, file, attached: true });
  }
  return disks.slice(taken.length);
}

function checkSpec({ size, serial }: DiskSpec): void {
  if (!/^[1-9][0-9]*[KMGT]$/.test(size)) {
    throw new GuestError(`disk size ${JSON.stringify(size)}: a whole number with K, M, G or T, such as 20G`);
  }
  if (serial !== undefined && !/^[A-Za-z0-9._-]{1,20}$/.test(serial)) {
    throw new GuestError(
      `disk serial ${JSON.stringify(serial)}: 1 to 20 of letters, digits, dot, dash and underscore`,
    );
  }
}

/** `SIZE[:SERIAL][:ro][:FORMAT]`, the form of the command line, such as `20G:disk-a:ext4`. */
export function parseDisk(text: string): DiskSpec {
  const [size = '', ...rest] = text.split(':');
  const spec: DiskSpec = { size };
  for (const word of rest) {
    if (word === 'ro') spec.readOnly = true;
    else if (word === 'ext4' || word === 'ext3' || word === 'ext2') spec.format = word;
    else if (spec.serial === undefined) spec.serial = word;
    else throw new GuestError(`disk ${JSON.stringify(text)}: expected SIZE[:SERIAL][:ro][:ext4]`);
  }
  checkSpec(spec);
  return spec;
}

/** Makes the file of a disk: sparse, so its size costs nothing on the host. */
export async function createDisk(disk: AttachedDisk): Promise<void> {
  await writeFile(disk.file, '');
  await truncate(disk.file, parseSize(disk.size));
  if (disk.format) await execa('mke2fs', ['-q', '-F', '-t', disk.format, disk.file]);
}

/** Copies the file of a disk, and only what is in it: its size is that of the whole disk. */
export async function copySparse(from: string, to: string): Promise<void> {
  await execa('cp', ['--sparse=always', '--reflink=auto', from, to]);
}

function parseSize(size: string): number {
  return Number(size.slice(0, -1)) * 1024 ** (1 + 'KMGT'.indexOf(size.slice(-1)));
}
