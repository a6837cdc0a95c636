import type { Runner } from '../host/exec.js';
import { MARK } from './marks.js';
import { bytes, optional, rows } from './rows.js';

/** How much a dataset takes, and of what; sizes in bytes. */
export interface Space {
  name: string;
  type: 'filesystem' | 'volume';
  usedBytes: number;
  availableBytes: number;
  referencedBytes: number;
  logicalUsedBytes: number;
  usedByDatasetBytes: number;
  usedBySnapshotsBytes: number;
  writtenBytes: number;
  /** 0 where there is none. */
  quotaBytes: number;
  reservationBytes: number;
  bench: string | undefined;
  /**
   * When a snapshot of it was last made or destroyed, in seconds since 1970; undefined where ZFS does not know that (before
   * OpenZFS 2.2), or where there was none yet.
   */
  snapshotsChanged: number | undefined;
}

const COLUMNS = [
  'name',
  'type',
  'used',
  'available',
  'referenced',
  'logicalused',
  'usedbydataset',
  'usedbysnapshots',
  'written',
  'quota',
  'reservation',
  MARK.bench,
] as const;

/** Whether the ZFS in the kernel knows `snapshots_changed` (zfsprops(7)), by what /sys/module/zfs/version says. */
export function knowsSnapshotsChanged(version: string | undefined): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 2);
}

/**
 * The datasets of these pools down to two levels, by one process: benches, and volumes in a folder of their own. Its cost
 * does not grow with the number of snapshots. A pool that is not imported is passed over.
 */
export async function listSpace(
  runner: Runner,
  pools: readonly string[],
  withChanged: boolean,
): Promise<Space[]> {
  if (pools.length === 0) return [];
  const columns = withChanged ? [...COLUMNS, 'snapshots_changed'] : [...COLUMNS];
  const { stdout } = await runner.run({
    argv: [
      'zfs',
      'list',
      '-H',
      '-p',
      '-t',
      'filesystem,volume',
      '-d',
      '2',
      '-o',
      columns.join(','),
      ...pools,
    ],
    okExitCodes: [0, 1],
  });
  return parseSpace(stdout, columns);
}

export function parseSpace(stdout: string, columns: readonly string[]): Space[] {
  return rows(stdout, columns, 'zfs list').map((fields) => {
    const field = (index: number) => fields[index] ?? '-';
    const changed = optional(field(COLUMNS.length));
    return {
      name: field(0),
      type: field(1) === 'volume' ? 'volume' : 'filesystem',
      usedBytes: bytes(field(2)),
      availableBytes: bytes(field(3)),
      referencedBytes: bytes(field(4)),
      logicalUsedBytes: bytes(field(5)),
      usedByDatasetBytes: bytes(field(6)),
      usedBySnapshotsBytes: bytes(field(7)),
      writtenBytes: bytes(field(8)),
      quotaBytes: bytes(field(9)),
      reservationBytes: bytes(field(10)),
      bench: optional(field(11)),
      snapshotsChanged: changed === undefined ? undefined : bytes(changed),
    };
  });
}

/** When snapshots of a dataset were made, in seconds since 1970. */
export interface SnapshotTimes {
  count: number;
  /** The newest that bench has made; undefined where there is none. So for the next. */
  newest: number | undefined;
  newestScheduled: number | undefined;
}

const TIME_COLUMNS = ['name', 'creation', MARK.quiesce, MARK.schedule] as const;

/** Of several datasets, by one process; each has an entry, unless it has gone meanwhile. */
export async function listSnapshotTimes(
  runner: Runner,
  datasets: readonly string[],
): Promise<Map<string, SnapshotTimes>> {
  const times = new Map<string, SnapshotTimes>();
  if (datasets.length === 0) return times;
  const { stdout } = await runner.run({
    argv: ['zfs', 'list', '-H', '-p', '-t', 'snapshot', '-d', '1', '-o', TIME_COLUMNS.join(','), ...datasets],
    okExitCodes: [0, 1],
  });
  for (const dataset of datasets)
    times.set(dataset, { count: 0, newest: undefined, newestScheduled: undefined });
  for (const [name, creation, quiesce, schedule] of rows(stdout, TIME_COLUMNS, 'zfs list -t snapshot')) {
    const [dataset = '', tag = ''] = name.split('@');
    const found = times.get(dataset);
    if (found === undefined) continue;
    const at = bytes(creation);
    found.count += 1;
    if (optional(quiesce) !== undefined) found.newest = Math.max(found.newest ?? 0, at);
    if (schedule === tag) found.newestScheduled = Math.max(found.newestScheduled ?? 0, at);
  }
  return times;
}
