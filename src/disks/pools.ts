import { BenchError } from '../errors.js';
import { CommandNotFoundError, type Runner } from '../host/exec.js';
import { type ImportablePool, importablePools, poolDevices } from '../zfs/zfs.js';
import { tree } from './decide.js';
import type { HostFacts } from './kernel.js';
import { type BlockDevice, known, type Reading, unknown } from './types.js';

/** Which pools there are, as far as it can be known. */
export interface PoolMembers {
  imported: Reading<Map<string, string[]>>;
  importable: Reading<ImportablePool[]>;
}

/**
 * Reads imported and importable pools. Without the ZFS module no pool can be imported, so a missing or failing
 * `zpool` is then no obstacle (bench looks for disks before it installs ZFS): the signatures of an exported pool
 * are found by wipefs. With the module loaded, a failing `zpool` leaves the answer unknown.
 */
export async function readPools(runner: Runner, host: HostFacts, withRoot: boolean): Promise<PoolMembers> {
  return {
    imported: await reading(host, new Map(), () => poolDevices(runner)),
    importable: withRoot ? await reading(host, [], () => importablePools(runner)) : unknown('needs root'),
  };
}

async function reading<T>(host: HostFacts, none: T, read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return known(await read());
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    if (error instanceof CommandNotFoundError || error.code === 'command-failed') {
      if (!host.zfsLoaded()) return known(none);
    }
    return unknown(error.stderr?.trim() || error.message);
  }
}

/** Names of the imported pools that lie on this disk or on anything on it. */
export function importedPoolsOn(
  device: BlockDevice,
  members: PoolMembers,
  host: HostFacts,
): Reading<string[]> {
  if (!('value' in members.imported)) return members.imported;
  const pools = [...members.imported.value].filter(([, paths]) =>
    paths.some((path) => liesOn(device, path, host)),
  );
  return known(pools.map(([name]) => name));
}

/** Likewise for pools that could be imported; `zpool import` prints most devices without a directory. */
export function importablePoolsOn(
  device: BlockDevice,
  members: PoolMembers,
  host: HostFacts,
): Reading<string[]> {
  if (!('value' in members.importable)) return members.importable;
  const pools = members.importable.value.filter(({ devices }) =>
    devices
      .flatMap((name) => (name.startsWith('/') ? [name] : [`/dev/disk/by-id/${name}`, `/dev/${name}`]))
      .some((path) => liesOn(device, path, host)),
  );
  return known(pools.map(({ name }) => name));
}

/** Whether a path leads to the device or to anything on it. */
export function liesOn(device: BlockDevice, path: string, host: HostFacts): boolean {
  const target = host.resolve(path) ?? path;
  return tree(device).some((part) => part.path === target || `/dev/${part.kname}` === target);
}
