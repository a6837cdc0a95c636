import type { BenchConfig } from '../config/config.js';
import { formatSize, humanSize } from '../config/size.js';
import { chooseDisk, type Disk, namedBlockers, wipeBlockers } from '../disks/disks.js';
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
  /** That the pool is to be made on. */
  disk?: Disk;
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
    disk,
  };
}

function existing(config: BenchConfig, facts: BackingFacts): Backing {
  const path = facts.pool?.backingPath ?? '';
  const root = facts.pool?.datasets.find(({ name }) => name === config.volume.pool);
  const kind = path.startsWith('/dev/') ? 'device' : 'image';
  return {
    kind,
    path,
    sizeBytes: kind === 'image' ? existingImageBytes(config, facts) : 0,
    usableBytes: (root?.usedBytes ?? 0) + (root?.availableBytes ?? 0),
    trim: false,
  };
}

/** Another bench's image: the file itself where it lies in its usual place, else what the pool makes of it. */
function existingImageBytes(config: BenchConfig, { pool, imageBytes }: BackingFacts): number {
  const isUsual = pool?.backingPath === config.volume.image.path;
  return (isUsual ? imageBytes : undefined) ?? pool?.sizeBytes ?? 0;
}

function namedDevice(config: BenchConfig, facts: BackingFacts): Backing {
  const path = config.volume.device ?? '';
  const disk = facts.disks.find((candidate) => candidate.path === facts.devicePath);
  if (disk === undefined) {
    throw new RefusedError('device-missing', `There is no disk ${path} (volume.device).`, {
      suggestions: ['bench volume discover'],
    });
  }
  const blockers = namedBlockers(disk);
  if (blockers.length > 0) {
    throw new RefusedError(
      'disk-not-free',
      `${path} cannot be used: ${blockers.map(({ message }) => message).join('; ')}.`,
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

/** What `backing = "auto"` has against a disk that is used because it is named. */
export function diskNotes({ path, disk }: Backing): string[] {
  return (disk?.reasons ?? [])
    .filter(({ code }) => code === 'removable' || code === 'ephemeral')
    .map(({ message }) => `${path} ${message}: it is used because it is named.`);
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
