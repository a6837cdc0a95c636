import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { GuestError } from '../errors.js';
import type { Replayed } from '../machine.js';

/** The format of Linux's dm-log-writes, which QEMU's blklogwrites driver writes: all numbers are 64 bits, little end first. */
const MAGIC = 0x6a736677736872n;
const FLUSH = 1n;
const DISCARD = 4n;
/** Of a log, in bytes. */
const SECTOR_SIZE = 512;

interface Entry {
  /** In sectors. */
  at: number;
  sectors: number;
  flags: bigint;
  /** Where its data lie in the log, in bytes. */
  data: number;
}

/**
 * Brings the writes of the log into `file`, which is as the disk was when the log began: all up to the last flush that
 * the disk was asked for, as a disk with a volatile cache does when the power is cut at the worst moment. Of a log that
 * ends in the middle of an entry, that entry is left out.
 */
export function replay(log: string, file: string): Replayed {
  const source = openSync(log, 'r');
  const target = openSync(file, 'r+');
  try {
    const { entries, sectorSize } = readEntries(source);
    const flushed = entries.findLastIndex(({ flags }) => (flags & FLUSH) !== 0n) + 1;
    const kept = entries.slice(0, flushed);
    for (const entry of kept) apply(entry, sectorSize, source, target);
    const writes = (some: Entry[]) => some.filter(({ sectors }) => sectors > 0).length;
    return { written: writes(kept), lost: writes(entries.slice(flushed)) };
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

function readEntries(log: number): { entries: Entry[]; sectorSize: number } {
  const { size } = fstatSync(log);
  const header = read(log, 0, SECTOR_SIZE) ?? Buffer.alloc(SECTOR_SIZE);
  // QEMU writes the header with the first flush: until then it is a hole, or nothing at all.
  const hasHeader = header.some((byte) => byte !== 0);
  if (hasHeader && header.readBigUInt64LE(0) !== MAGIC) throw new GuestError('not a log of writes');
  const sectorSize = hasHeader ? header.readUInt32LE(24) : SECTOR_SIZE;
  const entries: Entry[] = [];
  // The count in the header lags behind: the log itself tells where it ends.
  for (let offset = sectorSize; offset + sectorSize <= size; ) {
    const [at = 0n, sectors = 0n, flags = 0n] = numbers(read(log, offset, 32));
    const data = offset + sectorSize;
    const length = (flags & DISCARD) !== 0n ? 0 : Number(sectors) * sectorSize;
    if (data + length > size || (at === 0n && sectors === 0n && flags === 0n)) break;
    entries.push({ at: Number(at), sectors: Number(sectors), flags, data });
    offset = data + length;
  }
  return { entries, sectorSize };
}

function apply({ at, sectors, flags, data }: Entry, sectorSize: number, log: number, target: number): void {
  const length = sectors * sectorSize;
  if (length === 0) return;
  const content = (flags & DISCARD) !== 0n ? Buffer.alloc(length) : read(log, data, length);
  if (content === undefined) throw new GuestError('the log of writes ends too early');
  writeSync(target, content, 0, length, at * sectorSize);
}

function read(file: number, offset: number, length: number): Buffer | undefined {
  const buffer = Buffer.alloc(length);
  return readSync(file, buffer, 0, length, offset) === length ? buffer : undefined;
}

function numbers(bytes: Buffer | undefined): bigint[] {
  return bytes === undefined ? [] : [0, 8, 16, 24].map((at) => bytes.readBigUInt64LE(at));
}

/** An empty log for a QEMU that is about to start. */
export function beginLog(log: string): void {
  const file = openSync(log, 'w');
  ftruncateSync(file, 0);
  closeSync(file);
}

/** A node that hands everything on to `file` and keeps a log of it. */
export function loggedNode(
  name: string,
  file: Record<string, unknown>,
  log: string,
): Record<string, unknown> {
  return {
    driver: 'blklogwrites',
    'node-name': name,
    file,
    log: { driver: 'file', filename: log, cache: { direct: false, 'no-flush': true } },
    'log-sector-size': SECTOR_SIZE,
  };
}
