import type { Command, Runner } from '../host/exec.js';
import { tree } from './decide.js';
import { findDisk } from './discover.js';
import { type HostFacts, hostFacts } from './kernel.js';
import { readBlockDevices } from './lsblk.js';
import type { Disk, Signature } from './types.js';
import { readSignatures } from './wipefs.js';

/** What lies on one device or partition. */
export interface DiskPart {
  path: string;
  sizeBytes: number;
  signatures: Signature[];
  mountpoints: string[];
}

/** What `bench init --wipe-device` shows before it asks. The first part is the disk itself. */
export interface DiskContents {
  disk: Disk;
  parts: DiskPart[];
}

/**
 * Everything on a disk: itself, its partitions and what is on those. Needs root. Changes nothing.
 * @param path the device or a link to it
 * @throws RefusedError `disk-not-free` when the path leads to no disk; CommandError when a part cannot be read
 */
export async function describeDiskContents(
  runner: Runner,
  path: string,
  host: HostFacts = hostFacts,
): Promise<DiskContents> {
  const disk = await findDisk(runner, path, host);
  const device = (await readBlockDevices(runner)).find((candidate) => candidate.path === disk.path);
  const parts: DiskPart[] = [];
  for (const part of device === undefined ? [] : tree(device)) {
    parts.push({
      path: part.path,
      sizeBytes: 'value' in part.sizeBytes ? part.sizeBytes.value : 0,
      signatures: await readSignatures(runner, part.path),
      mountpoints: 'value' in part.mountpoints ? part.mountpoints.value : [],
    });
  }
  return { disk, parts };
}

/**
 * What clears a disk: first what lies on its partitions, then the disk itself, so that nothing old comes to light
 * when it is partitioned anew; then udev catches up, for lsblk prints what udev knows. wipefs opens each device
 * exclusively and fails where anything uses it. Ask `wipeBlockers` first.
 */
export function wipeCommands({ parts }: DiskContents): Command[] {
  const wipes = [...parts].reverse().map(({ path }): Command => {
    return { argv: ['wipefs', '--all', path], privileged: true };
  });
  return [...wipes, { argv: ['udevadm', 'settle'], privileged: true }];
}
