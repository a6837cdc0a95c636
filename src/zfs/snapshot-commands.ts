import type { Command } from '../host/exec.js';
import { LONG_MS, propertyArguments, setProperties } from './dataset-commands.js';
import { MARK } from './marks.js';

/** Seconds under load; well below the time after which MariaDB takes back the lock that is held around it. */
const SNAPSHOT_TIMEOUT_MS = 45_000;

/** Several names are snapshots of one pool, taken in one transaction group: one moment (zfs-snapshot(8)). */
export function snapshotDataset(
  names: string | readonly string[],
  properties: Readonly<Record<string, string>>,
): Command {
  const argv = ['zfs', 'snapshot', ...propertyArguments(properties), ...[names].flat()] as const;
  return { argv: [...argv], privileged: true, timeoutMs: SNAPSHOT_TIMEOUT_MS };
}

/** Says of a snapshot, whatever it was marked with, that it was not consistent. */
export function markInconsistent(snapshot: string): Command {
  return setProperties(snapshot, { [MARK.quiesce]: 'crash-consistent' });
}

/** `-r` destroys every newer snapshot (zfs-rollback(8)): the caller has shown them and was told to go on. */
export function rollback(snapshot: string): Command {
  return { argv: ['zfs', 'rollback', '-r', snapshot], privileged: true, timeoutMs: LONG_MS };
}

/** Deferred, one that is held or cloned goes when it is so no more (zfs-destroy(8), `-d`). */
export function destroySnapshot(snapshot: string, { deferred = false } = {}): Command {
  const argv = ['zfs', 'destroy', ...(deferred ? ['-d'] : []), snapshot] as const;
  return { argv: [...argv], privileged: true, timeoutMs: LONG_MS };
}

/**
 * Several snapshots of one dataset, all or none (zfs-destroy(8)); a comma is part of no tag. The dry run tells in
 * `-p` form what would be freed.
 */
export function destroySnapshots(
  dataset: string,
  tags: readonly string[],
  { dryRun = false }: { dryRun?: boolean } = {},
): Command {
  const dry = dryRun ? ['-n', '-v', '-p'] : [];
  const argv = ['zfs', 'destroy', ...dry, `${dataset}@${tags.join(',')}`] as const;
  return { argv: [...argv], privileged: true, timeoutMs: LONG_MS };
}

/** Writes out what is still in memory, so that what was written since a snapshot can be told (zpool-sync(8)). */
export function syncPool(pool: string): Command {
  return { argv: ['zpool', 'sync', pool], privileged: true };
}
