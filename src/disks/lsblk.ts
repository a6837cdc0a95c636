import { BenchError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { type BlockDevice, known, type Reading, unknown } from './types.js';

/** Asked for by name; the order means nothing. */
export const LSBLK_COLUMNS = [
  'NAME',
  'KNAME',
  'PATH',
  'PKNAME',
  'TYPE',
  'SIZE',
  'RO',
  'RM',
  'HOTPLUG',
  'TRAN',
  'FSTYPE',
  'PTTYPE',
  'MOUNTPOINTS',
  'MODEL',
  'SERIAL',
  'WWN',
  'ROTA',
  'DISC-MAX',
] as const;

/** Columns that an older util-linux prints under another name. MOUNTPOINTS came with 2.37. */
const OLDER_SIBLING: Readonly<Record<string, string>> = { MOUNTPOINTS: 'MOUNTPOINT' };

export function lsblkArgv(columns: readonly string[]): [string, ...string[]] {
  return ['lsblk', '-J', '-b', '-o', columns.join(',')];
}

/** Every block device of this host as a tree. A column that this lsblk does not know is left out and unknown. */
export async function readBlockDevices(runner: Runner): Promise<BlockDevice[]> {
  let columns: string[] = [...LSBLK_COLUMNS];
  for (;;) {
    const argv = lsblkArgv(columns);
    try {
      return parseLsblk((await runner.run({ argv })).stdout);
    } catch (error) {
      const missing = error instanceof CommandError ? unknownColumn(error.result.stderr) : undefined;
      if (missing === undefined || !columns.includes(missing)) throw error;
      const sibling = OLDER_SIBLING[missing];
      columns = columns.flatMap((column) =>
        column !== missing ? [column] : sibling === undefined ? [] : [sibling],
      );
    }
  }
}

/** lsblk names one unknown column at a time (lib/strutils and misc-utils/lsblk.c of util-linux). */
export function unknownColumn(stderr: string): string | undefined {
  return /^lsblk: unknown column: ([A-Z0-9:%-]+)/m.exec(stderr)?.[1];
}

/**
 * Parses `lsblk -J -b`. Nested rows and flat rows with `pkname` give the same tree.
 * @throws BenchError `unexpected-output` when it is not JSON of that shape.
 */
export function parseLsblk(stdout: string): BlockDevice[] {
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch (cause) {
    throw unexpected('is not JSON', cause);
  }
  if (!isRecord(document) || !Array.isArray(document.blockdevices)) throw unexpected('has no blockdevices');
  return attachFlatRows(document.blockdevices.map(parseRow));
}

/** Moves rows that name a parent under it: the answer of `lsblk -l`, or of one that does not nest. */
function attachFlatRows(rows: BlockDevice[]): BlockDevice[] {
  const roots: BlockDevice[] = [];
  for (const row of rows) {
    const parents = rows.filter((other) => other.kname === row.pkname || isPartitionOf(row, other));
    // A partition is no disk, also where its disk is not listed.
    if (parents.length === 0 && !isPartition(row)) roots.push(row);
    for (const parent of parents) parent.children.push(row);
  }
  // Rows below no root have no end either.
  const reachable = new Set(roots);
  for (const row of reachable) for (const child of row.children) reachable.add(child);
  if (rows.some((row) => !reachable.has(row) && !isPartition(row)))
    throw unexpected('has rows whose parents form a circle');
  return roots;
}

function isPartition({ type }: BlockDevice): boolean {
  return 'value' in type && type.value === 'part';
}

/** By its name, for an lsblk that has no column PKNAME: `sdb1`, `nvme0n1p1`. */
function isPartitionOf(row: BlockDevice, disk: BlockDevice): boolean {
  if (row.pkname !== null || !isPartition(row) || !row.kname.startsWith(disk.kname)) return false;
  return /^p?\d+$/.test(row.kname.slice(disk.kname.length)) && !isPartition(disk);
}

function parseRow(row: unknown): BlockDevice {
  if (!isRecord(row)) throw unexpected('has a row that is not an object');
  const kname = text(row.kname) ?? text(row.name);
  if (kname === null) throw unexpected('has a row without a name');
  const children = row.children ?? [];
  if (!Array.isArray(children)) throw unexpected('has children that are not a list');
  return {
    name: text(row.name) ?? kname,
    kname,
    path: text(row.path) ?? `/dev/${kname}`,
    pkname: text(row.pkname),
    type: column(row, 'type', (value) => text(value) ?? undefined),
    sizeBytes: column(row, 'size', wholeNumber),
    readOnly: column(row, 'ro', flag),
    removable: column(row, 'rm', flag),
    hotplug: column(row, 'hotplug', flag),
    transport: column(row, 'tran', nullableText),
    fsType: column(row, 'fstype', nullableText),
    partitionTable: column(row, 'pttype', nullableText),
    mountpoints: column(row, row.mountpoints === undefined ? 'mountpoint' : 'mountpoints', mountpoints),
    serial: column(row, 'serial', nullableText),
    wwn: column(row, 'wwn', nullableText),
    model: text(row.model),
    rotational: flag(row.rota) ?? null,
    discardMaxBytes: wholeNumber(row['disc-max']) ?? null,
    children: children.map(parseRow),
  };
}

function column<T>(
  row: Record<string, unknown>,
  key: string,
  parse: (value: unknown) => T | undefined,
): Reading<T> {
  if (!(key in row)) return unknown(`this lsblk has no column ${key.toUpperCase()}`);
  const value = parse(row[key]);
  if (value === undefined)
    return unknown(`lsblk prints ${JSON.stringify(row[key])} for ${key.toUpperCase()}`);
  return known(value);
}

function mountpoints(value: unknown): string[] | undefined {
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((item) => item === null || typeof item === 'string')) return undefined;
  return list.filter((item): item is string => typeof item === 'string' && item !== '');
}

/** util-linux before 2.33 prints every value as a string. */
function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function flag(value: unknown): boolean | undefined {
  if (value === true || value === 1 || value === '1') return true;
  if (value === false || value === 0 || value === '0') return false;
  return undefined;
}

function nullableText(value: unknown): string | null | undefined {
  return value === null || typeof value === 'string' ? text(value) : undefined;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unexpected(what: string, cause?: unknown): BenchError {
  return new BenchError('unexpected-output', `What lsblk printed ${what}.`, {
    command: lsblkArgv(LSBLK_COLUMNS),
    ...(cause === undefined ? {} : { cause }),
  });
}
