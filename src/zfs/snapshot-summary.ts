import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runner } from '../host/exec.js';
import type { Dataset } from './datasets.js';
import { zfsList } from './list.js';
import { bytes, rows } from './rows.js';

export interface SnapshotSummary {
  count: number;
  latest: { tag: string; createdAt: Date } | undefined;
}

export const NO_SNAPSHOTS: SnapshotSummary = { count: 0, latest: undefined };

/**
 * How many snapshots a dataset has, and its newest: one process, however many they are.
 * @param root where the dataset is mounted as a whole; without it all their names are listed
 */
export async function summariseSnapshots(
  runner: Runner,
  dataset: Dataset,
  root: string | undefined,
): Promise<SnapshotSummary> {
  const { name, newestSnapshot: newest } = dataset;
  if (newest === undefined) return NO_SNAPSHOTS;
  const [{ length: count }, createdAt] = await Promise.all([
    snapshotTags(runner, name, root),
    snapshotCreation(runner, newest),
  ]);
  // It may have been destroyed since.
  if (createdAt === undefined) return { count, latest: undefined };
  return { count, latest: { tag: newest.slice(name.length + 1), createdAt } };
}

/**
 * The tags of a dataset's snapshots, in no order, without looking into any of them.
 * @param root where the dataset is mounted as a whole; reading `.zfs/snapshot`, a directory of it, mounts none
 */
export async function snapshotTags(
  runner: Runner,
  dataset: string,
  root: string | undefined,
): Promise<string[]> {
  const names =
    root === undefined ? undefined : await readdir(join(root, '.zfs/snapshot')).catch(() => undefined);
  if (names !== undefined) return names;
  // Names alone, in their own order, are what ZFS lists without looking into each (zfs-list(8)).
  const args = ['-t', 'snapshot', '-d', '1', '-o', 'name', '-s', 'name', dataset];
  const listed = await zfsList(runner, args, (stdout) => rows(stdout, ['name'], 'zfs list -t snapshot'));
  return listed.map(([name = '']) => name.slice(dataset.length + 1));
}

/** Full names, newest first, without looking into any of them: unless told otherwise, ZFS sorts by transaction group. */
export async function snapshotNames(runner: Runner, dataset: string): Promise<string[]> {
  const args = ['-t', 'snapshot', '-d', '1', '-o', 'name', dataset];
  const listed = await zfsList(runner, args, (stdout) => rows(stdout, ['name'], 'zfs list -t snapshot'));
  return listed.map(([name = '']) => name).reverse();
}

async function snapshotCreation(runner: Runner, snapshot: string): Promise<Date | undefined> {
  const columns = ['name', 'creation'] as const;
  const args = ['-t', 'snapshot', '-o', columns.join(','), snapshot];
  const [row] = await zfsList(runner, args, (stdout) => rows(stdout, columns, 'zfs list -t snapshot'));
  return row === undefined ? undefined : new Date(bytes(row[1]) * 1000);
}
