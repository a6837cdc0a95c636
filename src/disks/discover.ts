import { BenchError, RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { isCandidate, judge, namedBlockers } from './decide.js';
import { probeExclusive } from './exclusive.js';
import { type HostFacts, hostFacts } from './kernel.js';
import { readBlockDevices } from './lsblk.js';
import { importablePoolsOn, importedPoolsOn, liesOn, readPools } from './pools.js';
import {
  type BlockDevice,
  type Disk,
  type DiskFacts,
  known,
  type Reading,
  type Signature,
  unknown,
} from './types.js';
import { readSignatures } from './wipefs.js';

/**
 * Every device that lsblk lists at the top level, those that never qualify included, each with every reason
 * against it. Changes nothing.
 */
export async function discoverDisks(runner: Runner, host: HostFacts = hostFacts): Promise<Disk[]> {
  const devices = await readBlockDevices(runner);
  return examine(runner, host, devices, devices);
}

/**
 * Judges one disk again, right before it is used; everything is read anew.
 * @param path the device or a link to it
 * @throws RefusedError `disk-not-free` with every reason
 */
export async function recheckDisk(runner: Runner, path: string, host: HostFacts = hostFacts): Promise<Disk> {
  const disk = await findDisk(runner, path, host);
  // The operator has named it by now, or nothing at all was found against it.
  const blockers = namedBlockers(disk);
  if (blockers.length === 0) return disk;
  throw new RefusedError(
    'disk-not-free',
    `${path} is not a free disk: ${blockers.map(({ message }) => message).join('; ')}. It was not touched.`,
    { suggestions: ['See `bench volume discover` for every disk and the reasons.'] },
  );
}

/**
 * One disk with its judgement, whatever that is.
 * @throws RefusedError `disk-not-free` when the path leads to no whole device of this host
 */
export async function findDisk(runner: Runner, path: string, host: HostFacts = hostFacts): Promise<Disk> {
  const devices = await readBlockDevices(runner);
  const target = host.resolve(path);
  const device = devices.find(
    (candidate) =>
      target !== undefined && (candidate.path === target || `/dev/${candidate.kname}` === target),
  );
  if (device !== undefined) {
    const [disk] = await examine(runner, host, devices, [device]);
    if (disk !== undefined) return disk;
  }
  const whole = target === undefined ? undefined : devices.find((other) => liesOn(other, target, host));
  const why =
    target === undefined
      ? 'does not exist'
      : whole === undefined
        ? 'is not a disk that lsblk lists'
        : `is a part of ${whole.path}, not a whole disk`;
  throw new RefusedError('disk-not-free', `${path} ${why}. Nothing was changed.`, {
    suggestions: ['See `bench volume discover` for the disks of this host.'],
  });
}

/** Reads what is needed about `chosen` and judges it; `all` is what its identity is compared with. */
async function examine(
  runner: Runner,
  host: HostFacts,
  all: readonly BlockDevice[],
  chosen: readonly BlockDevice[],
): Promise<Disk[]> {
  const stablePaths = host.stablePaths();
  const swaps = host.swapPaths();
  const candidates = chosen.filter(isCandidate).map((device) => device.path);
  // Asked before and after the rest is read would be no safer: `zpool create` without -f is the last word.
  const exclusive = await probeExclusive(runner, host, candidates);
  const withRoot = exclusive !== undefined;
  const pools = await readPools(runner, host, withRoot);
  const disks: Disk[] = [];
  for (const device of chosen) {
    const facts: DiskFacts = {
      device,
      listedTwice: all.filter((other) => other.kname === device.kname).length > 1,
      twins: twins(device, all, host),
      signatures:
        withRoot && isCandidate(device) ? await signatures(runner, device.path) : unknown('needs root'),
      holders: host.holders(device.kname),
      swaps: 'value' in swaps ? known(swaps.value.filter((path) => liesOn(device, path, host))) : swaps,
      exclusive: exclusive?.get(device.path) ?? unknown('it was not opened'),
      importedPools: importedPoolsOn(device, pools, host),
      importablePools: importablePoolsOn(device, pools, host),
      needsRoot: !withRoot,
    };
    disks.push(toDisk(facts, stablePaths.get(host.resolve(device.path) ?? device.path) ?? null));
  }
  return disks;
}

async function signatures(runner: Runner, path: string): Promise<Reading<Signature[]>> {
  try {
    return known(await readSignatures(runner, path));
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return unknown(error.stderr?.trim() || error.message);
  }
}

/** Other disks that show this one's WWN or serial: legs of a multipath disk, or clones of one another. */
function twins(device: BlockDevice, all: readonly BlockDevice[], host: HostFacts): string[] {
  const identities = ({ wwn, serial, kname }: BlockDevice) => ({
    wwn: 'value' in wwn ? wwn.value : null,
    serial: 'value' in serial ? serial.value : null,
    wwid: host.wwid(kname),
  });
  const own = identities(device);
  return all
    .filter((other) => other.kname !== device.kname && 'value' in other.type && other.type.value === 'disk')
    .filter((other) => {
      const its = identities(other);
      return (['wwn', 'serial', 'wwid'] as const).some((key) => own[key] !== null && own[key] === its[key]);
    })
    .map((other) => other.path);
}

function toDisk(facts: DiskFacts, stablePath: string | null): Disk {
  const { device } = facts;
  const reasons = judge(facts);
  return {
    path: device.path,
    stablePath,
    sizeBytes: 'value' in device.sizeBytes ? device.sizeBytes.value : 0,
    model: device.model,
    serial: 'value' in device.serial ? device.serial.value : null,
    transport: 'value' in device.transport ? device.transport.value : null,
    rotational: device.rotational,
    supportsTrim: (device.discardMaxBytes ?? 0) > 0,
    qualifies: reasons.length === 0,
    reasons,
  };
}
