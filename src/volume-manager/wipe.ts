import { isDeepStrictEqual } from 'node:util';
import type { BenchConfig } from '../config/config.js';
import { type DiskContents, describeDiskContents } from '../disks/describe.js';
import { type Disk, type HostFacts, wipeBlockers } from '../disks/discover.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import type { Step } from '../steps/steps.js';
import type { Facts } from './inspect.js';

/**
 * Whether the disk of `--wipe-device` may be cleared for this bench at all. Pure.
 * @throws RefusedError `wipe-not-needed`, `disk-in-use`; UsageError `wipe-device-conflict`
 */
export function refuseWipe(config: BenchConfig, facts: Facts): void {
  if (facts.wipe === undefined) return;
  const { path, contents } = facts.wipe;
  const { pool, backing, device } = config.volume;
  if (contents === undefined) {
    throw new RefusedError(
      'wipe-not-needed',
      `Pool ${pool} ${facts.pool === undefined ? 'can be imported' : 'is there'}: no disk is cleared for it, ` +
        `and ${path} was not touched.`,
      {
        suggestions: [
          `Use that pool: bench init -b ${config.name}`,
          'If you want a new pool on that disk instead, set another volume.pool in bench.toml.',
        ],
      },
    );
  }
  refuseDiskInUse(path, contents.disk);
  if (backing === 'image' || (device !== undefined && facts.devicePath !== contents.disk.path)) {
    throw new UsageError(
      'wipe-device-conflict',
      `--wipe-device ${path} contradicts ${config.file}, which wants ` +
        `${backing === 'image' ? 'an image' : `the disk ${device}`}. Nothing was changed.`,
      {
        suggestions: [
          `If you mean ${path}: bench config set volume.device ${path} -b ${config.name}, ` +
            `and bench config set volume.backing device -b ${config.name}`,
        ],
      },
    );
  }
}

/** A disk that is clean already, as after a run that was cut off, needs no clearing. */
export function planWipe({ wipe }: Facts, device: string): Step[] {
  const contents = wipe?.contents;
  return contents === undefined || contents.disk.qualifies ? [] : [{ kind: 'device.wipe', device, contents }];
}

/** Why a disk is cleared that nobody has named. */
export function wipeNotes({ wipe }: Facts): string[] {
  if (wipe?.isUnfinished !== true) return [];
  return [
    `An init that was cut off had found ${wipe.path} free and begun to make the pool on it: only its empty ` +
      'partitions are there, and are cleared.',
  ];
}

/**
 * Looks at the disk again right before it is cleared: that, and only that, may be lost which was shown.
 * @throws RefusedError `disk-in-use`, `disk-changed`
 */
export async function refuseChangedDisk(
  runner: Runner,
  device: string,
  shown: DiskContents,
  host?: HostFacts,
): Promise<void> {
  const found = await describeDiskContents(runner, device, host);
  refuseDiskInUse(device, found.disk);
  if (isDeepStrictEqual(found, shown)) return;
  throw new RefusedError(
    'disk-changed',
    `What is on ${device} has changed since it was shown. It was not touched.`,
    { suggestions: ['Run the command again, and look at what it shows.'] },
  );
}

function refuseDiskInUse(path: string, disk: Disk): void {
  const blockers = wipeBlockers(disk);
  if (blockers.length === 0) return;
  throw new RefusedError(
    'disk-in-use',
    `${path} cannot be cleared: ${blockers.map(({ message }) => message).join('; ')}. It was not touched.`,
    {
      suggestions: [
        'What can be done about each reason is in docs/disks.md; bench volume discover shows them.',
      ],
    },
  );
}
