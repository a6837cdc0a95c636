import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { zfsList } from './list.js';
import { decodeNote, MARK } from './marks.js';
import { bytes, optional, rows } from './rows.js';

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
  /** What a proof of it has found, as `snapshot/verdict.ts` reads it. */
  verified: string | undefined;
  /** The clone that it was taken for, and goes with. */
  madeFor: string | undefined;
  /** The bench that is in it, where it is not the dataset's own. */
  of: string | undefined;
  /** The schedule has made it. */
  scheduled: boolean;
  pinned: boolean;
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
  MARK.verified,
  MARK.madeFor,
  MARK.of,
  MARK.schedule,
  MARK.pin,
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
  return (await findSnapshots(runner, [name]))[0];
}

/** Those of one dataset by their full names, newest first; none where one of them is not there any more. */
export function findSnapshots(runner: Runner, names: readonly string[]): Promise<Snapshot[]> {
  const columns = SNAPSHOT_COLUMNS.join(',');
  const sorted = names.length > 1 ? ['-S', 'createtxg'] : [];
  return zfsList(runner, ['-t', 'snapshot', ...sorted, '-o', columns, ...names], parseSnapshots);
}

export function parseSnapshots(stdout: string): Snapshot[] {
  return rows(stdout, SNAPSHOT_COLUMNS, 'zfs list -t snapshot').map((columns) => {
    const [name, creation, used, referenced, written, userrefs, clones, guid, quiesce, ...ours] = columns;
    const [note, verified, madeFor, of] = ours.map(decoded);
    const [, , , , schedule, pin] = ours.map(optional);
    const tag = name.slice(name.indexOf('@') + 1);
    return {
      name,
      tag,
      createdAt: new Date(bytes(creation) * 1000),
      usedBytes: bytes(used),
      referencedBytes: bytes(referenced),
      writtenBytes: bytes(written),
      holds: bytes(userrefs),
      guid,
      clones: clones === '' || clones === '-' ? [] : clones.split(','),
      quiesce: optional(quiesce),
      note,
      verified,
      madeFor,
      of,
      scheduled: schedule === tag,
      pinned: pin !== undefined,
    };
  });
}

function decoded(field: string): string | undefined {
  const stored = optional(field);
  return stored === undefined ? undefined : decodeNote(stored);
}

/**
 * When each of these snapshots was made, as the transaction group of its pool: those of one group show one moment. One
 * process; a snapshot that is not there is not in the answer.
 */
export async function creationGroups(runner: Runner, names: readonly string[]): Promise<Map<string, string>> {
  if (names.length === 0) return new Map();
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-p', '-o', 'name,value', 'createtxg', ...names],
    // 1 where one of them does not exist; the others are printed all the same.
    okExitCodes: [0, 1],
  });
  return new Map(rows(stdout, ['name', 'value'] as const, 'zfs get createtxg'));
}
