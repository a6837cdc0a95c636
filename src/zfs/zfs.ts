import { BenchError } from '../errors.js';
import type { Command, Runner } from '../host/exec.js';
import { CommandError } from '../host/exec.js';
import { onOneLine } from '../printable.js';

/** The user properties by which bench knows what is its own (zfsprops(7), "User Properties"). */
export const MARK = {
  /** On a dataset: the bench's name. */
  bench: 'bench:name',
  /** On a dataset: the version of the layout inside it. */
  layout: 'bench:layout',
  /** On a snapshot: how MariaDB was held still. Also the mark that bench made it. */
  quiesce: 'bench:quiesce',
  /** On a snapshot: the operator's note, percent-encoded. */
  note: 'bench:note',
} as const;

export const LAYOUT_VERSION = '1';

export interface Dataset {
  name: string;
  usedBytes: number;
  availableBytes: number;
  /** 0 where there is none. */
  quotaBytes: number;
  /** 0 where there is none. */
  reservationBytes: number;
  mounted: boolean;
  mountpoint: string;
  /** The bench this dataset belongs to by its own mark; undefined where it is not ours. */
  bench: string | undefined;
  /** `on`; with `noauto` it is not mounted at boot, with `off` not at all. */
  canmount: string;
  /** The dataset whose key has to be loaded first; undefined where none is needed, or it is. */
  lockedBy: string | undefined;
  createdAt: Date;
}

const DATASET_COLUMNS = [
  'name',
  'used',
  'available',
  'quota',
  'reservation',
  'mounted',
  'mountpoint',
  MARK.bench,
  'canmount',
  'keystatus',
  'encryptionroot',
  'creation',
] as const;

/**
 * A pool's root dataset and the filesystems directly below it, by one `zfs list`.
 * @returns nothing where the pool is not imported
 */
export function listDatasets(runner: Runner, pool: string): Promise<Dataset[]> {
  return zfsList(
    runner,
    ['-t', 'filesystem', '-d', '1', '-o', DATASET_COLUMNS.join(','), pool],
    parseDatasets,
  );
}

/** The same for several pools by one process; a pool that is not imported is passed over. */
export async function listBenchDatasets(runner: Runner, pools: readonly string[]): Promise<Dataset[]> {
  const { stdout } = await runner.run({
    argv: [
      'zfs',
      'list',
      '-H',
      '-p',
      '-t',
      'filesystem',
      '-d',
      '1',
      '-o',
      DATASET_COLUMNS.join(','),
      ...pools,
    ],
    // 1 where one of them does not exist; the others are printed all the same.
    okExitCodes: [0, 1],
  });
  return parseDatasets(stdout);
}

/** One dataset; undefined where there is none. */
export async function findDataset(runner: Runner, name: string): Promise<Dataset | undefined> {
  return (
    await zfsList(runner, ['-t', 'filesystem', '-o', DATASET_COLUMNS.join(','), name], parseDatasets)
  )[0];
}

/** `zfs list` of something that may not exist: then there is nothing to parse. */
async function zfsList<T>(
  runner: Runner,
  args: readonly string[],
  parse: (stdout: string) => T[],
): Promise<T[]> {
  try {
    return parse((await runner.run({ argv: ['zfs', 'list', '-H', '-p', ...args] })).stdout);
  } catch (error) {
    if (isMissingDataset(error)) return [];
    throw error;
  }
}

export function parseDatasets(stdout: string): Dataset[] {
  return rows(stdout, DATASET_COLUMNS.length, 'zfs list').map((columns) => {
    const [
      name,
      used,
      available,
      quota,
      reservation,
      mounted,
      mountpoint,
      bench,
      canmount,
      key,
      root,
      creation,
    ] = columns as Columns;
    return {
      name,
      usedBytes: bytes(used),
      availableBytes: bytes(available),
      quotaBytes: bytes(quota),
      reservationBytes: bytes(reservation),
      mounted: mounted === 'yes',
      mountpoint,
      bench: optional(bench),
      canmount,
      lockedBy: key === 'unavailable' ? root : undefined,
      createdAt: new Date(bytes(creation) * 1000),
    };
  });
}

export interface Snapshot {
  /** `<dataset>@<tag>` */
  name: string;
  tag: string;
  createdAt: Date;
  usedBytes: number;
  referencedBytes: number;
  /** Bytes written between the snapshot before and this one. */
  writtenBytes: number;
  holds: number;
  /** Stays with the snapshot whatever its dataset is called. */
  guid: string;
  clones: string[];
  /** Undefined on a snapshot that bench did not make. */
  quiesce: string | undefined;
  note: string | undefined;
}

const SNAPSHOT_COLUMNS = [
  'name',
  'creation',
  'used',
  'referenced',
  'written',
  'userrefs',
  'clones',
  'guid',
  MARK.quiesce,
  MARK.note,
] as const;

/** The snapshots of one dataset, newest first, by one `zfs list` sorted by transaction group. */
export function listSnapshots(runner: Runner, dataset: string): Promise<Snapshot[]> {
  const columns = SNAPSHOT_COLUMNS.join(',');
  return zfsList(runner, ['-t', 'snapshot', '-d', '1', '-S', 'createtxg', '-o', columns, dataset], (stdout) =>
    parseSnapshots(stdout).map((snapshot) => requireOf(dataset, snapshot)),
  );
}

/** A user property of somebody's may hold newlines, and what looks like the row of another dataset's snapshot. */
function requireOf(dataset: string, snapshot: Snapshot): Snapshot {
  if (snapshot.name.startsWith(`${dataset}@`)) return snapshot;
  throw new BenchError('unexpected-output', `zfs list of ${dataset} printed ${onOneLine(snapshot.name)}`);
}

/** One snapshot by its full name; undefined where there is none. */
export async function findSnapshot(runner: Runner, name: string): Promise<Snapshot | undefined> {
  return (
    await zfsList(runner, ['-t', 'snapshot', '-o', SNAPSHOT_COLUMNS.join(','), name], parseSnapshots)
  )[0];
}

export function parseSnapshots(stdout: string): Snapshot[] {
  return rows(stdout, SNAPSHOT_COLUMNS.length, 'zfs list -t snapshot').map((columns) => {
    const [name, creation, used, referenced, written, userrefs, clones, guid, quiesce, note] =
      columns as Columns;
    const storedNote = optional(note);
    return {
      name,
      tag: name.slice(name.indexOf('@') + 1),
      createdAt: new Date(bytes(creation) * 1000),
      usedBytes: bytes(used),
      referencedBytes: bytes(referenced),
      writtenBytes: bytes(written),
      holds: bytes(userrefs),
      guid,
      clones: clones === '' || clones === '-' ? [] : clones.split(','),
      quiesce: optional(quiesce),
      note: storedNote === undefined ? undefined : decodeNote(storedNote),
    };
  });
}

/**
 * A note as it is kept in a user property, percent-encoded: `zfs list -H` separates by tab and newline, and sudo
 * cannot tell an argument with a blank from two arguments, which would let a note smuggle in options (`bench sudoers`).
 */
export function encodeNote(note: string): string {
  // What `zfs list` prints for a property that is not set.
  if (note === '-') return '%2D';
  return [...Buffer.from(note, 'utf8')].map(encodeByte).join('');
}

function encodeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9_.-]/.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

export function decodeNote(stored: string): string {
  try {
    return decodeURIComponent(stored);
  } catch {
    // Written by somebody else's tool: shown as it is.
    return stored;
  }
}

export function createDataset(dataset: string, properties: Readonly<Record<string, string>>): Command {
  // -u: mounted by a step of its own.
  return { argv: ['zfs', 'create', '-u', ...propertyArguments(properties), dataset], privileged: true };
}

export function setProperties(dataset: string, properties: Readonly<Record<string, string>>): Command {
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
  return { argv: ['zfs', 'set', ...pairs, dataset], privileged: true };
}

export function inheritProperty(dataset: string, property: string): Command {
  return { argv: ['zfs', 'inherit', property, dataset], privileged: true };
}

export function mountDataset(dataset: string): Command {
  return { argv: ['zfs', 'mount', dataset], privileged: true };
}

export function unmountDataset(dataset: string): Command {
  return { argv: ['zfs', 'unmount', dataset], privileged: true };
}

/** Seconds under load; well below the time after which MariaDB takes back the lock that is held around it. */
const SNAPSHOT_TIMEOUT_MS = 45_000;

export function snapshotDataset(name: string, properties: Readonly<Record<string, string>>): Command {
  const argv = ['zfs', 'snapshot', ...propertyArguments(properties), name] as const;
  return { argv: [...argv], privileged: true, timeoutMs: SNAPSHOT_TIMEOUT_MS };
}

/** Says of a snapshot, whatever it was marked with, that it was not consistent. */
export function markInconsistent(snapshot: string): Command {
  return setProperties(snapshot, { [MARK.quiesce]: 'crash-consistent' });
}

/** `-r` destroys every newer snapshot (zfs-rollback(8)): the caller has shown them and was told to go on. */
export function rollback(snapshot: string): Command {
  return { argv: ['zfs', 'rollback', '-r', snapshot], privileged: true, timeoutMs: 30 * 60_000 };
}

export function destroySnapshot(snapshot: string): Command {
  return { argv: ['zfs', 'destroy', snapshot], privileged: true, timeoutMs: 30 * 60_000 };
}

/** A dataset with its snapshots; fails where one has a clone or a hold. */
export function destroyDataset(dataset: string): Command {
  return { argv: ['zfs', 'destroy', '-r', dataset], privileged: true, timeoutMs: 30 * 60_000 };
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
  return { argv: [...argv], privileged: true, timeoutMs: 30 * 60_000 };
}

/** Whether ZFS said that there is no such dataset, pool or snapshot (text of OpenZFS 2.3). */
export function isMissingDataset(error: unknown): boolean {
  return error instanceof CommandError && /^cannot open '.*': .* does not exist$/m.test(error.result.stderr);
}

function propertyArguments(properties: Readonly<Record<string, string>>): string[] {
  return Object.entries(properties).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

/** A row whose number of columns `rows` has checked. */
type Columns = [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

function rows(stdout: string, columns: number, command: string): string[][] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split('\t');
      if (fields.length !== columns) {
        throw new BenchError(
          'unexpected-output',
          `${command} printed ${fields.length} columns instead of ${columns}: ${onOneLine(line)}`,
        );
      }
      return fields;
    });
}

/** A number as `-p` prints it; `-` and `none` are zero. */
function bytes(field: string): number {
  if (field === '-' || field === 'none') return 0;
  if (!/^\d+$/.test(field))
    throw new BenchError('unexpected-output', `zfs printed '${onOneLine(field)}' where a number belongs`);
  return Number(field);
}

function optional(field: string): string | undefined {
  return field === '-' ? undefined : field;
}
