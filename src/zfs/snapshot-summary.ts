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
  const [count, createdAt] = await Promise.all([
    countSnapshots(runner, name, root),
    snapshotCreation(runner, newest),
  ]);
  // It may have been destroyed since.
  if (createdAt === undefined) return { count, latest: undefined };
  return { count, latest: { tag: newest.slice(name.length + 1), createdAt } };
}

/** The names in `.zfs/snapshot`, which are a directory of the file system: reading them mounts none. */
async function countSnapshots(runner: Runner, dataset: string, root: string | undefined): Promise<number> {
  const names =
    root === undefined ? undefined : await readdir(join(root, '.zfs/snapshot')).catch(() => undefined);
  if (names !== undefined) return names.length;
  // Names alone, in their own order, are what ZFS lists without looking into each (zfs-list(8)).
  const args = ['-t', 'snapshot', '-d', '1', '-o', 'name', '-s', 'name', dataset];
  return (await zfsList(runner, args, (stdout) => rows(stdout, ['name'], 'zfs list -t snapshot'))).length;
}

async function snapshotCreation(runner: Runner, snapshot: string): Promise<Date | undefined> {
  const columns = ['name', 'creation'] as const;
  const args = ['-t', 'snapshot', '-o', columns.join(','), snapshot];
  const [row] = await zfsList(runner, args, (stdout) => rows(stdout, columns, 'zfs list -t snapshot'));
  return row === undefined ? undefined : new Date(bytes(row[1]) * 1000);
}
