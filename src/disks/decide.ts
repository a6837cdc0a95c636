import { escapeText } from '../config/findings.js';
import { formatBytes } from './format.js';
import { isRealDiskName } from './names.js';
import type { BlockDevice, Disk, DiskFacts, DiskReason, Reading, ReasonCode } from './types.js';

/** SPEC section 3; bytes. */
export const MIN_DISK_BYTES = 10 * 1024 ** 3;

/** What an operator may clear with `--wipe-device`. Every other reason stands in its way as well. */
const WIPEABLE: readonly ReasonCode[] = ['has-children', 'has-signature', 'in-importable-pool'];

/** What keeps `backing = "auto"` from a disk, but not an operator who names it. */
const AGAINST_CHOOSING: readonly ReasonCode[] = ['removable', 'ephemeral'];

/** Buses whose devices are plugged and pulled while the machine runs. */
const PLUGGED: readonly string[] = ['usb', 'sbp', 'ieee1394'];

/**
 * Models of disks that a cloud takes away, with all that is on them, when the machine is stopped: of EC2 (nvme-cli and
 * udev of amazon-ec2-utils), Google (guest-configs; `nvme_card-pd` is a lasting one), Azure (azure-vm-utils). Azure's
 * temporary SCSI disk has the model of its lasting ones. Older releases of lsblk print `_` for a blank.
 */
const EPHEMERAL =
  /^(Amazon[ _]EC2[ _]NVMe[ _]Instance[ _]Storage|nvme_card\d*|EphemeralDisk|Microsoft[ _]NVMe[ _]Direct[ _]Disk([ _]v\d+)?)$/;

/** What lsblk prints as the mount point of active swap. */
const SWAP = '[SWAP]';

/** Worth opening: for anything else the kind alone is the answer. */
export function isCandidate(device: BlockDevice): boolean {
  return isRealDiskName(device.kname) && 'value' in device.type && device.type.value === 'disk';
}

/**
 * Every reason why a device must not become a pool; none means that it qualifies.
 * What could not be read is a reason (SPEC section 3: refuse, never assume).
 */
export function judge(facts: DiskFacts): DiskReason[] {
  const { device } = facts;
  const reasons: DiskReason[] = [];
  const refuse = (code: ReasonCode, message: string) => reasons.push({ code, message });
  const check = <T>(reading: Reading<T>, what: string, rule: (value: T) => void) => {
    if ('value' in reading) rule(reading.value);
    else refuse('unreadable', `${what} cannot be read: ${reading.unknown}`);
  };

  check(device.type, 'the type', (type) => {
    if (type !== 'disk') refuse('not-a-disk', `is a ${type}, not a disk`);
  });
  if (!isRealDiskName(device.kname)) {
    refuse('unknown-kind', `${device.kname} is not a kind of device that bench knows as a real disk`);
  }
  if (facts.listedTwice) refuse('listed-twice', `lsblk lists ${device.kname} more than once`);
  check(device.readOnly, 'whether it is read-only', (readOnly) => {
    if (readOnly) refuse('read-only', 'is read-only');
  });
  check(device.sizeBytes, 'the size', (size) => {
    if (size < MIN_DISK_BYTES) refuse('too-small', `has ${formatBytes(size)}, a pool needs 10G`);
  });
  if (device.children.length > 0) {
    refuse('has-children', `has partitions or devices on it: ${names(device.children)}`);
  }
  checkMounts(device, check, refuse);
  checkSwap(facts, check, refuse);
  if (!isCandidate(device)) return reasons;

  checkTransport(device, check, refuse);
  checkSignatures(facts, check, refuse);
  check(device.serial, 'the serial number', () => {});
  check(device.wwn, 'the WWN', () => {});
  if (facts.twins.length > 0) {
    refuse('shared-identity', `shows the same WWN or serial as ${facts.twins.join(', ')}: paths to one disk`);
  }
  check(facts.holders, '/sys/block/…/holders', (holders) => {
    if (holders.length > 0) refuse('has-holders', `is held by ${holders.join(', ')}`);
  });
  check(facts.importedPools, 'the imported pools', (pools) => {
    if (pools.length > 0) refuse('in-pool', `belongs to the imported pool ${pools.join(', ')}`);
  });
  if (facts.needsRoot) {
    refuse('needs-root', 'needs root to check: signatures, pools that are not imported, exclusive use');
    return reasons;
  }
  check(facts.importablePools, 'the pools that can be imported', (pools) => {
    if (pools.length > 0)
      refuse('in-importable-pool', `belongs to a pool that can be imported: ${pools.join(', ')}`);
  });
  check(facts.exclusive, 'whether anything uses it', (state) => {
    if (state === 'busy')
      refuse('in-use', 'the kernel says that it is in use (opening it exclusively failed)');
  });
  return reasons;
}

/** The largest disk that qualifies; of two equal ones the first by path. */
export function chooseDisk(disks: readonly Disk[]): Disk | undefined {
  return disks
    .filter((disk) => disk.qualifies)
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1))[0];
}

/** The reasons that `--wipe-device` must not override: the disk is in use, is none, or could not be judged. */
export function wipeBlockers(disk: Disk): DiskReason[] {
  return namedBlockers(disk).filter(({ code }) => !WIPEABLE.includes(code));
}

/** The reasons against a disk that the operator has named. */
export function namedBlockers({ reasons }: Disk): DiskReason[] {
  return reasons.filter(({ code }) => !AGAINST_CHOOSING.includes(code));
}

type Check = <T>(reading: Reading<T>, what: string, rule: (value: T) => void) => void;
type Refuse = (code: ReasonCode, message: string) => void;

function checkMounts(device: BlockDevice, check: Check, refuse: Refuse): void {
  for (const part of tree(device)) {
    check(part.mountpoints, `where ${part.path} is mounted`, (points) => {
      const mounted = points.filter((point) => point !== SWAP);
      if (mounted.length > 0) refuse('mounted', `${part.path} is mounted at ${mounted.join(', ')}`);
    });
  }
}

function checkTransport(device: BlockDevice, check: Check, refuse: Refuse): void {
  let isPlugged = false;
  check(device.removable, 'whether it is removable', (removable) => {
    isPlugged ||= removable;
  });
  check(device.hotplug, 'whether it can be pulled out', (hotplug) => {
    isPlugged ||= hotplug;
  });
  check(device.transport, 'the transport', (transport) => {
    isPlugged ||= transport !== null && PLUGGED.includes(transport);
  });
  if (isPlugged) refuse('removable', 'can be pulled out, and the pool with it');
  if (device.model !== null && EPHEMERAL.test(device.model)) {
    refuse('ephemeral', `is storage of a cloud that is lost when the machine is stopped (${device.model})`);
  }
}

/** Either word is enough: lsblk's, or that of /proc/swaps. */
function checkSwap({ device, swaps }: DiskFacts, check: Check, refuse: Refuse): void {
  const active = new Set(
    tree(device)
      .filter(({ mountpoints }) => 'value' in mountpoints && mountpoints.value.includes(SWAP))
      .map(({ path }) => path),
  );
  check(swaps, '/proc/swaps', (paths) => {
    for (const path of paths) active.add(path);
  });
  if (active.size > 0) refuse('swap', `${[...active].join(', ')} is active swap`);
}

function checkSignatures(facts: DiskFacts, check: Check, refuse: Refuse): void {
  const found = new Set<string>();
  check(facts.device.fsType, 'the filesystem', (type) => type !== null && found.add(type));
  check(facts.device.partitionTable, 'the partition table', (type) => type !== null && found.add(type));
  if (!facts.needsRoot) {
    check(facts.signatures, 'the signatures', (list) => {
      for (const { type, label } of list) {
        found.delete(type);
        found.add(label === null ? type : `${type} ${escapeText(label)}`);
      }
    });
  }
  if (found.size > 0) refuse('has-signature', `carries data: ${[...found].join(', ')}`);
}

/** A device and everything on it. */
export function tree(device: BlockDevice): BlockDevice[] {
  return [device, ...device.children.flatMap(tree)];
}

function names(devices: readonly BlockDevice[]): string {
  return devices.map((device) => device.name).join(', ');
}
