import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runner } from '../host/exec.js';
import { exists } from '../host/files.js';
import { STATE_DIR } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';
import { isThere } from '../zfs/zfs.js';

/**
 * ZFS makes a dataset in one transaction group and gives it its properties in a later one: a power cut between the two
 * leaves one without any mark of bench's. So it is noted before, on this host, what is about to be made; only what was
 * noted is ever taken away by itself.
 */
function notePath(dataset: string): string {
  return join(STATE_DIR, '.volumes', `${dataset.replaceAll('/', '%2F')}.json`);
}

/**
 * Makes a dataset that is noted before. Where it fails and nothing is there, the note goes again: what comes to lie there
 * later is somebody else's.
 */
export async function makeNoted(
  dataset: string,
  runner: Runner,
  make: () => Promise<unknown>,
): Promise<void> {
  await replaceFile(notePath(dataset), json({ version: 1, dataset }));
  try {
    await make();
  } catch (error) {
    // Where that cannot be told, it stays: for what holds anything it counts for nothing.
    const mayBeThere = await isThere(runner, dataset).catch(() => true);
    if (!mayBeThere) await forgetUnfinishedVolume(dataset);
    throw error;
  }
}

export function forgetUnfinishedVolume(dataset: string): Promise<void> {
  return rm(notePath(dataset), { force: true });
}

export function isUnfinishedVolume(dataset: string): Promise<boolean> {
  return exists(notePath(dataset));
}
