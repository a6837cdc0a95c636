import { formatBytes } from '../disks/disks.js';
import { RefusedError } from '../errors.js';

export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;
/** The smallest disk or image that a pool is made on (SPEC section 3). */
export const MIN_BACKING_BYTES = 10 * GIB;
/** What an image leaves free on the filesystem it lies on: a full root filesystem stops the host. */
const ROOT_RESERVE_BYTES = GIB;

/** Before the first metaslab: two labels of 256 KiB and 3.5 MiB for a boot loader (VDEV_LABEL_START_SIZE). */
const LABEL_START = 4 * MIB;
/** Two more labels at the end (VDEV_LABEL_END_SIZE). */
const LABEL_END = MIB / 2;
/**
 * What `zpool create` leaves out of a whole disk, in sectors: 2048 before partition 1, 16384 for partition 9, the backup
 * table, and up to 2048 for alignment at both. Sectors are taken as 4 KiB, the larger kind: measured 80 MiB there and
 * 10 MiB with sectors of 512 bytes.
 */
const WHOLE_DISK_RESERVE = (3 * 2048 + 16384) * 4096;

export interface Sizes {
  quotaBytes: number;
  reservationBytes: number;
}

/** What there is to share out. */
export interface Room {
  /** The device or image itself, or the size of a pool that exists. */
  backingBytes: number;
  /** What the pool can hold: its root dataset's `used` + `available`, for a pool to come {@link usableBytes}. */
  usableBytes: number;
  /** What belongs to other datasets: for each its reservation, or what it uses if that is more. */
  othersReservedBytes: number;
}

/** One thing to say about sizes. */
export interface SizeFinding {
  key: 'quota' | 'reservation';
  /** False where it works all the same and the operator should only know. */
  refused: boolean;
  /** A clause without a final stop. */
  message: string;
}

/**
 * What the root dataset of a fresh pool on one vdev offers (`used` + `available`), in bytes: never more than ZFS
 * will report, and short of it by 0.05 % or less where measured (test/fixtures/zpool/usable.json).
 * The pool itself is the authority once it exists. Source: vdev_metaslab_set_size() and spa_get_slop_space() of
 * OpenZFS 2.1 and later, zfs(4) for the tunables, which are taken at their defaults.
 */
export function usableBytes(vdevBytes: number, kind: 'disk' | 'file'): number {
  const vdev = kind === 'disk' ? vdevBytes - WHOLE_DISK_RESERVE : vdevBytes;
  const labelBytes = MIB / 4;
  const allocatable = Math.floor(vdev / labelBytes) * labelBytes - LABEL_START - LABEL_END;
  if (allocatable <= 0) return 0;
  const metaslab = metaslabBytes(allocatable);
  const space = Math.floor(allocatable / metaslab) * metaslab;
  return Math.max(0, space - slopBytes(space));
}

/** 16 metaslabs on small vdevs, then of 512 MiB, then about 200, then of 16 GiB; only whole ones are used. */
function metaslabBytes(allocatable: number): number {
  const wanted =
    allocatable < 16 * 512 * MIB
      ? allocatable / 16
      : allocatable >= 201 * 512 * MIB
        ? allocatable / 200
        : 256 * MIB;
  // The power of two above, as highbit64() gives it.
  const size = 2 ** (Math.floor(Math.log2(wanted)) + 1);
  return Math.min(Math.max(size, 16 * MIB), 16 * GIB);
}

/** What ZFS keeps for itself: 1/32, at least 128 MiB (but not more than half), at most 128 GiB. */
function slopBytes(space: number): number {
  return Math.max(Math.min(space / 32, 128 * GIB), Math.min(space / 2, 128 * MIB));
}

/** Whole gigabytes, downwards. */
export function floorToGib(bytes: number): number {
  return Math.floor(bytes / GIB) * GIB;
}

/**
 * The size of a new image: 75 % of what is free on the filesystem, in whole gigabytes, at least 10G.
 * @throws RefusedError `no-space-for-image` when 10G do not fit beside what the filesystem itself needs
 */
export function imageSize(rootFreeBytes: number): number {
  if (rootFreeBytes < MIN_BACKING_BYTES + ROOT_RESERVE_BYTES) {
    throw new RefusedError(
      'no-space-for-image',
      `An image needs at least 10G, and 1G must stay free beside it: only ${formatBytes(rootFreeBytes)} are free. ` +
        'Nothing was changed.',
      {
        suggestions: [
          'Free space, or attach a disk of at least 10G and see `bench volume discover`.',
          'Or set volume.image.path to a filesystem with more room.',
        ],
      },
    );
  }
  return Math.max(floorToGib((rootFreeBytes / 4) * 3), MIN_BACKING_BYTES);
}

/**
 * Quota and reservation that are computed where none are set: 100 % and 15 % of what the pool offers this bench,
 * in whole gigabytes, at least 1G.
 * @throws RefusedError `pool-full` when not even 1G is free of the others
 */
export function defaultSizes(room: Omit<Room, 'backingBytes'>): Sizes {
  const offered = room.usableBytes - room.othersReservedBytes;
  if (offered < GIB) {
    throw new RefusedError(
      'pool-full',
      `Nothing fits into the pool: of ${formatBytes(room.usableBytes)} other datasets hold or have reserved ` +
        `${formatBytes(room.othersReservedBytes)}, and a bench needs at least 1G. Nothing was changed.`,
      {
        suggestions: [
          'Lower the reservation of another bench: `bench volume set -b OTHER --reservation SIZE`.',
        ],
      },
    );
  }
  return {
    quotaBytes: floorToGib(offered),
    reservationBytes: Math.max(floorToGib((offered * 15) / 100), GIB),
  };
}

/** Sizes that are set stay as they are; the others are computed so that they do not contradict those. */
export function completeSizes(wanted: Partial<Sizes>, room: Room): Sizes {
  const { quotaBytes, reservationBytes } = wanted;
  // A pool that is full of others' reservations is no obstacle where nothing has to be computed.
  if (quotaBytes !== undefined && reservationBytes !== undefined) return { quotaBytes, reservationBytes };
  const computed = defaultSizes(room);
  const quota = quotaBytes ?? Math.max(computed.quotaBytes, reservationBytes ?? 0);
  return {
    quotaBytes: quota,
    reservationBytes: reservationBytes ?? Math.min(computed.reservationBytes, quota),
  };
}

/** What is to be said about sizes, those that cannot be had as `refused`; nothing when they fit. */
export function checkSizes({ quotaBytes, reservationBytes }: Sizes, room: Room): SizeFinding[] {
  const findings: SizeFinding[] = [];
  const say = (key: SizeFinding['key'], refused: boolean, message: string) =>
    findings.push({ key, refused, message });
  const quota = `the quota ${formatBytes(quotaBytes)}`;
  const reservation = `the reservation ${formatBytes(reservationBytes)}`;
  if (quotaBytes > room.backingBytes) {
    say('quota', true, `${quota} is larger than what the pool lies on (${formatBytes(room.backingBytes)})`);
  } else if (quotaBytes > room.usableBytes) {
    say(
      'quota',
      false,
      `${quota} is more than the pool can hold (${formatBytes(room.usableBytes)}): ZFS keeps the rest for itself`,
    );
  }
  if (reservationBytes > quotaBytes) say('reservation', true, `${reservation} is larger than ${quota}`);
  const free = Math.max(0, room.usableBytes - room.othersReservedBytes);
  if (reservationBytes > free) {
    say(
      'reservation',
      true,
      `${reservation} cannot be guaranteed: the pool has ${formatBytes(free)} left beside other datasets`,
    );
  }
  return findings;
}
