import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type Disk, type DiskContents, describeDiskContents, namedBlockers } from '../disks/disks.js';
import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';

/**
 * `zpool create` first partitions a whole disk, and a power cut before it has written its labels leaves partitions that
 * hold nothing: no pool that could be imported, and no free disk. So it is noted before that the disk was free, and
 * which disk it was; the next init may then clear those partitions by itself.
 */
const Note = z.object({
  version: z.literal(1),
  pool: z.string(),
  disk: z.object({
    path: z.string(),
    sizeBytes: z.int(),
    model: z.nullable(z.string()),
    serial: z.nullable(z.string()),
  }),
});

type Note = z.infer<typeof Note>;

/** What `zpool create` makes of a whole disk: types and names of its partitions (libzfs, `zpool_label_disk`). */
const PARTITIONS = [
  { type: '6a898cc3-1dd2-11b2-99a6-080020736631', name: /^zfs-[0-9a-f]{16}$/ },
  { type: '6a945a3b-1dd2-11b2-99a6-080020736631', name: /^$/ },
];
const TABLE = new Set(['gpt', 'PMBR']);

function notePath(bench: string): string {
  return join(stateDir(bench), 'pool-create.json');
}

/** To be written when the disk has just been found free, and before `zpool create`. */
export function noteUnfinishedPool(
  bench: string,
  pool: string,
  { path, stablePath, sizeBytes, model, serial }: Disk,
): Promise<void> {
  const note: Note = { version: 1, pool, disk: { path: stablePath ?? path, sizeBytes, model, serial } };
  return replaceFile(notePath(bench), json(note));
}

/** To be removed before the pool is recorded as the bench's: from then on nothing of it may be cleared unasked. */
export function forgetUnfinishedPool(bench: string): Promise<void> {
  return rm(notePath(bench), { force: true });
}

/**
 * The disk on which `zpool create` was cut off, where there is nothing on it but the empty partitions of that. Needs
 * root. Only to be asked while there is no such pool, and none is recorded.
 * @returns undefined also for a note that is damaged, and for a disk that has anything else on it, is another one or
 *   cannot be read: it is judged like any other
 */
export async function findUnfinishedPool(
  runner: Runner,
  bench: string,
  pool: string,
): Promise<DiskContents | undefined> {
  const note = parsed(Note, await readText(notePath(bench)));
  if (note?.pool !== pool) return undefined;
  try {
    const contents = await describeDiskContents(runner, note.disk.path);
    const { stdout } = await runner.run({
      argv: ['lsblk', '-J', '--list', '-o', 'PATH,PARTTYPE,PARTLABEL', '--', contents.disk.path],
    });
    return isOnlyPartitioned(note, contents, stdout) ? contents : undefined;
  } catch (error) {
    if (error instanceof BenchError) return undefined;
    throw error;
  }
}

/**
 * Whether a disk is the one that was noted, and holds the empty partitions of `zpool create`, or none. Pure.
 * @param lsblk path, type and name of the disk and its partitions
 */
export function isOnlyPartitioned(
  { disk: noted }: Note,
  { disk, parts: [whole, ...partitions] }: DiskContents,
  lsblk: string,
): boolean {
  const blockers = namedBlockers(disk);
  if (blockers.length === 0) return false;
  const isThatDisk =
    disk.sizeBytes === noted.sizeBytes && disk.model === noted.model && disk.serial === noted.serial;
  const isOnlyInTheWay = blockers.every(({ code }) => code === 'has-children' || code === 'has-signature');
  const hasOnlyTable = whole?.signatures.every(({ type }) => TABLE.has(type)) === true;
  const areEmpty = partitions.every(({ signatures }) => signatures.length === 0);
  return isThatDisk && isOnlyInTheWay && hasOnlyTable && areEmpty && areOfZfs(disk.path, partitions, lsblk);
}

const Rows = z.object({
  blockdevices: z.array(
    z.object({ path: z.string(), parttype: z.nullable(z.string()), partlabel: z.nullable(z.string()) }),
  ),
});

function areOfZfs(disk: string, partitions: DiskContents['parts'], lsblk: string): boolean {
  const found = parsed(Rows, lsblk)?.blockdevices.filter(({ path }) => path !== disk);
  if (found === undefined || found.length !== partitions.length) return false;
  // None are left where clearing them was cut off.
  if (found.length === 0) return true;
  return (
    found.length === PARTITIONS.length &&
    PARTITIONS.every(({ type, name }, index) => {
      const { path, parttype, partlabel } = found[index] ?? {};
      return path === partitions[index]?.path && parttype === type && name.test(partlabel ?? '');
    })
  );
}

function parsed<T>(schema: z.ZodMiniType<T>, text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
