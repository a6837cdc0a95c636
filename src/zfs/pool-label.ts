import { CommandError, CommandNotFoundError, type Runner } from '../host/exec.js';
import { exists } from '../host/files.js';

/** A system by the name and the number that it writes into its pools; undefined where that cannot be read. */
export interface PoolUser {
  name: string | undefined;
  /** Hexadecimal, as hostid(1) and zpool(8) print it. */
  hostid: string | undefined;
}

export const NOBODY_KNOWN: PoolUser = { name: undefined, hostid: undefined };

/**
 * Which system has last written to a pool that is not imported: `zpool import` names none, its labels do (zdb(8)).
 * Needs root.
 * @param devices as `zpool import` prints them
 */
export async function lastUser(
  runner: Runner,
  pool: { guid: string; devices: readonly string[] },
  isThere: (path: string) => Promise<boolean> = exists,
): Promise<PoolUser> {
  for (const path of pool.devices.flatMap(labelPaths)) {
    if (!(await isThere(path))) continue;
    const found = parseLabel(await printedLabel(runner, path), pool.guid);
    if (found !== undefined) return found;
  }
  return NOBODY_KNOWN;
}

/** Where the label of a device may lie: ZFS names a whole disk, and puts its label on the first partition. Pure. */
export function labelPaths(device: string): string[] {
  const disks = device.startsWith('/') ? [device] : [`/dev/disk/by-id/${device}`, `/dev/${device}`];
  return disks.flatMap((disk) => [`${disk}-part1`, `${disk}p1`, `${disk}1`, disk]);
}

/** @returns undefined for the label of another pool, or none. Pure. */
export function parseLabel(stdout: string, guid: string): PoolUser | undefined {
  if (/^ {4}pool_guid: (\d+)$/m.exec(stdout)?.[1] !== guid) return undefined;
  const hostid = /^ {4}hostid: (\d+)$/m.exec(stdout)?.[1];
  return {
    name: /^ {4}hostname: '(.*)'$/m.exec(stdout)?.[1],
    hostid: hostid === undefined ? undefined : Number(hostid).toString(16),
  };
}

/** zdb exits with 2 where one of the four copies cannot be read; it is no part of every package of ZFS. */
async function printedLabel(runner: Runner, path: string): Promise<string> {
  try {
    return (await runner.run({ argv: ['zdb', '-l', path], privileged: true, okExitCodes: [0, 1, 2] })).stdout;
  } catch (error) {
    if (error instanceof CommandError || error instanceof CommandNotFoundError) return '';
    throw error;
  }
}
