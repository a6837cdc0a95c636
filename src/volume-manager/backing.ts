import type { BenchConfig } from '../config/config.js';
import { formatSize, humanSize } from '../config/size.js';
import type { Disk } from '../disks/disks.js';
import { chooseDisk, wipeBlockers } from '../disks/disks.js';
import { RefusedError } from '../errors.js';
import type { BackingFacts } from './facts.js';
import { imageSize, usableBytes } from './sizing.js';

/** What the pool lies on, or will. */
export interface Backing {
  kind: 'device' | 'image';
  path: string;
  /** Bytes of the device or image; 0 for the device of a pool that exists, whose own report counts. */
  sizeBytes: number;
  /** Bytes that datasets can use, as ZFS reports them or as is estimated for a pool to come. */
  usableBytes: number;
  trim: boolean;
}

/** SPEC section 3: an imported pool, else the disk that is named or found, else an image. Pure. */
export function resolveBacking(config: BenchConfig, facts: BackingFacts): Backing {
  if (facts.pool !== undefined) return existing(config, facts);
  const { volume } = config;
  const cleared = facts.wipe?.contents?.disk;
  if (cleared !== undefined) return onDisk(cleared, volume.device);
  if (volume.backing === 'device') return namedDevice(config, facts);
  if (volume.backing === 'image') return image(config, facts);
  const disk = chooseDisk(facts.disks);
  return disk === undefined ? image(config, facts) : onDisk(disk, undefined);
}

/** @param name what bench.toml calls it, if it does */
function onDisk(disk: Disk, name: string | undefined): Backing {
  return {
    kind: 'device',
    path: name ?? disk.stablePath ?? disk.path,
    sizeBytes: disk.sizeBytes,
    usableBytes: usableBytes(disk.sizeBytes, 'disk'),
    trim: disk.supportsTrim,
  };
}

function existing(config: BenchConfig, facts: BackingFacts): Backing {
  const device = facts.pool?.devices[0] ?? '';
  const root = facts.pool?.datasets.find(({ name }) => name === config.volume.pool);
  const kind = device.startsWith('/dev/') ? 'device' : 'image';
  return {
    kind,
    path: kind === 'image' ? device : (recordedDevice(config, facts) ?? wholeDisk(device)),
    sizeBytes: kind === 'image' ? existingImageBytes(config, facts) : 0,
    usableBytes: (root?.usedBytes ?? 0) + (root?.availableBytes ?? 0),
    trim: false,
  };
}

/** Another bench's image: the file itself where it lies in its usual place, else what the pool makes of it. */
function existingImageBytes(config: BenchConfig, { pool, imageBytes }: BackingFacts): number {
  const isUsual = pool?.devices[0] === config.volume.image.path;
  return (isUsual ? imageBytes : undefined) ?? pool?.sizeBytes ?? 0;
}

/** What bench.toml names stays as it is named; `device` is not judged where the pool exists (SPEC section 2). */
function recordedDevice(config: BenchConfig, facts: BackingFacts): string | undefined {
  return (
    config.volume.device ?? (facts.record?.backing.kind === 'device' ? facts.record.backing.path : undefined)
  );
}

/** ZFS partitions a whole disk and reports its first partition: `vdb1`, `nvme0n1p1`, `virtio-DATA-part1`. */
function wholeDisk(partition: string): string {
  return partition
    .replace(/-part1$/, '')
    .replace(/^(\/dev\/(?:sd|vd|xvd)[a-z]+)1$/, '$1')
    .replace(/^(\/dev\/(?:nvme\d+n\d+|mmcblk\d+))p1$/, '$1');
}

function namedDevice(config: BenchConfig, facts: BackingFacts): Backing {
  const path = config.volume.device ?? '';
  const disk = facts.disks.find((candidate) => candidate.path === facts.devicePath);
  if (disk === undefined) {
    throw new RefusedError('device-missing', `There is no disk ${path} (volume.device).`, {
      suggestions: ['bench volume discover'],
    });
  }
  if (!disk.qualifies) {
    throw new RefusedError(
      'disk-not-free',
      `${path} cannot be used: ${disk.reasons.map(({ message }) => message).join('; ')}.`,
      {
        suggestions: [
          'bench volume discover',
          // What bench made unusable itself, killed between clearing a disk and creating the pool, it can mend.
          ...(wipeBlockers(disk).length === 0
            ? [`Only if nobody needs what is on it: bench init -b ${config.name} --wipe-device ${path}`]
            : []),
        ],
      },
    );
  }
  return onDisk(disk, path);
}

function image(config: BenchConfig, facts: BackingFacts): Backing {
  const { path, sizeBytes: wanted } = config.volume.image;
  const sizeBytes = wanted ?? imageSize(facts.rootFreeBytes);
  if (facts.imageBytes !== undefined && facts.imageBytes !== sizeBytes) {
    throw new RefusedError(
      'image-exists',
      `${path} exists and is not an image of ${formatSize(sizeBytes)}.`,
      {
        suggestions: [`ls -l ${path}`, 'Name another volume.image.path, or move that file away.'],
      },
    );
  }
  if (facts.imageBytes === undefined && sizeBytes > facts.imageFreeBytes) {
    throw new RefusedError(
      'image-does-not-fit',
      `The image ${path} of ${formatSize(sizeBytes)} does not fit: only ${humanSize(facts.imageFreeBytes)} are free there.`,
      { suggestions: ['Set a smaller volume.image.size, or a volume.image.path on a larger file system.'] },
    );
  }
  return { kind: 'image', path, sizeBytes, usableBytes: usableBytes(sizeBytes, 'file'), trim: false };
}
