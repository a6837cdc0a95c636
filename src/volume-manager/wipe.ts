import type { BenchConfig } from '../config/config.js';
import { namedBlockers, refuseDiskInUse } from '../disks/disks.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Step } from '../steps/steps.js';
import type { Facts } from './facts.js';

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
  const isClean = contents === undefined || namedBlockers(contents.disk).length === 0;
  return isClean ? [] : [{ kind: 'device.wipe', device, contents }];
}

/** Why a disk is cleared that nobody has named. */
export function wipeNotes({ wipe }: Facts): string[] {
  if (wipe?.isUnfinished !== true) return [];
  return [
    `An init that was cut off had found ${wipe.path} free and begun to make the pool on it: only its empty ` +
      'partitions are there, and are cleared.',
  ];
}
