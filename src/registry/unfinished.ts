import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../host/files.js';
import { STATE_DIR } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';

/**
 * ZFS makes a dataset in one transaction group and gives it its properties in a later one: a power cut between the two
 * leaves one without any mark of bench's. So it is noted before, on this host, what is about to be made; only what was
 * noted is ever taken away by itself.
 */
function notePath(dataset: string): string {
  return join(STATE_DIR, '.volumes', `${dataset.replaceAll('/', '%2F')}.json`);
}

export function noteUnfinishedVolume(dataset: string): Promise<void> {
  return replaceFile(notePath(dataset), json({ version: 1, dataset }));
}

export function forgetUnfinishedVolume(dataset: string): Promise<void> {
  return rm(notePath(dataset), { force: true });
}

export function isUnfinishedVolume(dataset: string): Promise<boolean> {
  return exists(notePath(dataset));
}
