import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { contentOf } from '../host/directory-content.js';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';
import type { Dataset } from '../zfs/zfs.js';

function notePath(bench: string): string {
  return join(stateDir(bench), 'dataset-create.json');
}

function noteOf(dataset: string): string {
  return json({ version: 1, dataset });
}

/**
 * `zfs create` makes a dataset in one transaction group and gives it its properties in a later one (OpenZFS,
 * `zfs_ioc_create`: "It would be nice to do this atomically"). A power cut between the two leaves a dataset without the
 * mark of its bench, as if somebody else had made it. So this is to be written when there is none, and before
 * `zfs create`.
 */
export function noteUnfinishedDataset(bench: string, dataset: string): Promise<void> {
  return replaceFile(notePath(bench), noteOf(dataset));
}

/** To be removed before the dataset is recorded as the bench's. */
export function forgetUnfinishedDataset(bench: string): Promise<void> {
  return rm(notePath(bench), { force: true });
}

/**
 * Whether a dataset without a mark is the one that an init of this bench was cut off making. One that is mounted has to
 * be empty; any other has to be mounted and looked at again, before anything is done with it.
 */
export async function isUnfinishedDataset(
  bench: string,
  { name, mountpoint, bench: owner }: Dataset,
  isVisible: boolean,
): Promise<boolean> {
  if (owner !== undefined || (await readText(notePath(bench))) !== noteOf(name)) return false;
  return !isVisible || (await contentOf(mountpoint)) === 'empty';
}
