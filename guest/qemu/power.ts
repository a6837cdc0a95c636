import { rename } from 'node:fs/promises';
import path from 'node:path';
import { copySparse } from '../disks.js';
import type { Replayed } from '../machine.js';
import { runtimeFiles } from '../paths.js';
import type { GuestRecord } from '../runtime.js';
import { qemuImg } from './process.js';
import { beginLog, replay } from './write-log.js';

/** A raw image in the place of an overlay: only in one can a write be repeated by its place on the disk. */
export async function flatten(tools: string, overlay: string): Promise<void> {
  const flat = `${overlay}.raw`;
  await qemuImg(tools, ['convert', '-O', 'raw', overlay, flat]);
  await rename(flat, overlay);
}

/** Keeps each disk as it is now, and begins an empty log of what will be written to it. */
export async function beginLogs(dir: string, record: GuestRecord): Promise<void> {
  const { writes, before } = runtimeFiles(dir);
  for (const disk of disksOf(dir, record)) {
    await copySparse(disk, before(disk));
    beginLog(writes(disk));
  }
}

/** Puts in the place of each disk what it was, with all that was written and flushed since. */
export async function loseUnflushed(dir: string, record: GuestRecord): Promise<Map<string, Replayed>> {
  const { writes, before } = runtimeFiles(dir);
  const lost = new Map<string, Replayed>();
  for (const disk of disksOf(dir, record)) {
    lost.set(path.basename(disk), replay(writes(disk), before(disk)));
    await rename(before(disk), disk);
  }
  return lost;
}

function disksOf(dir: string, record: GuestRecord): string[] {
  return [runtimeFiles(dir).overlay, ...record.disks.map(({ file }) => file)];
}
