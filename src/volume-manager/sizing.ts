import { RefusedError } from '../errors.js';
import { formatBytes } from './discover/format.js';

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

/** One thing wrong with wanted sizes. */
export interface SizeFinding {
  key: 'quota' | 'reservation';
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
 * @param o.usableBytes what the pool can hold (its root dataset's `used` + `available`)
 * @param o.othersReservedBytes what belongs to other datasets: for each its reservation, or what it uses if more
 * @throws RefusedError `pool-full` when not even 1G is free of the others
 */
export function defaultSizes(o: { usableBytes: number; othersReservedBytes: number }): Sizes {
  const offered = o.usableBytes - o.othersReservedBytes;
  if (offered < GIB) {
    throw new RefusedError(
      'pool-full',
      `Nothing fits into the pool: of ${formatBytes(o.usableBytes)} other datasets hold or have reserved ` +
        `${formatBytes(o.othersReservedBytes)}, and a bench needs at least 1G. Nothing was changed.`,
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

/**
 * What is wrong with wanted sizes; nothing when they fit. For a new pool give the estimate of {@link usableBytes}, for
 * one that exists what it reports, and in `othersReservedBytes` the same as for {@link defaultSizes}.
 */
export function checkSizes(o: {
  quotaBytes: number;
  reservationBytes: number;
  usableBytes: number;
  othersReservedBytes: number;
}): SizeFinding[] {
  const findings: SizeFinding[] = [];
  const size = formatBytes;
  if (o.reservationBytes > o.quotaBytes) {
    findings.push({
      key: 'reservation',
      message: `the reservation ${size(o.reservationBytes)} is larger than the quota ${size(o.quotaBytes)}`,
    });
  }
  if (o.quotaBytes > o.usableBytes) {
    findings.push({
      key: 'quota',
      message: `the quota ${size(o.quotaBytes)} is larger than the ${size(o.usableBytes)} that the pool can hold`,
    });
  }
  const free = Math.max(0, o.usableBytes - o.othersReservedBytes);
  if (o.reservationBytes > free) {
    findings.push({
      key: 'reservation',
      message: `the reservation ${size(o.reservationBytes)} is larger than the ${size(free)} that other datasets leave`,
    });
  }
  return findings;
}
