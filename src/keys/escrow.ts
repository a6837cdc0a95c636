import { createHash } from 'node:crypto';
import { lstat, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { RefusedError, UsageError, VolumeError } from '../errors.js';
import { readFileCarefully, writeFileAtomic } from '../host/atomic-file.js';
import { exists, readText } from '../host/files.js';
import { readMounts } from '../host/mounts.js';
import { stateDir } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';
import { absolutePath } from '../names.js';
import { decodeNote, encodeNote } from '../zfs/zfs.js';
import { open, type Readers, sealFor } from './age.js';
import { fingerprint } from './material.js';

/** What is to become of a copy of a key, for the day when the host is gone. */
export type EscrowWish = { kind: 'none' } | { kind: 'file'; path: string; readers: Readers };

/** That a copy was put away, as it stands in `bench:escrow`. */
export interface Escrow {
  /** ISO 8601, UTC. */
  at: string;
  /** Of the key that is in it; undefined where nobody wanted a copy. */
  key?: string | undefined;
  /** Fingerprints of the recipients, or `passphrase`. */
  to: string[];
}

const Stored = z.object({ at: z.string(), key: z.optional(z.string()), to: z.array(z.string()) });

export function encodeEscrow(escrow: Escrow): string {
  return encodeNote(JSON.stringify(escrow));
}

/** Undefined for none, and for what bench has not written: then there is no proof. */
export function decodeEscrow(stored: string | undefined): Escrow | undefined {
  if (stored === undefined) return undefined;
  try {
    return Stored.parse(JSON.parse(decodeNote(stored)));
  } catch {
    return undefined;
  }
}

/** Whether the copy is of the key that is in force. Pure. */
export function holds(escrow: Escrow | undefined, key: string | undefined): boolean {
  return escrow !== undefined && (escrow.to.length === 0 || escrow.key === key);
}

/** Undefined is that no copy is wanted. */
export function escrowOf(key: string, readers: Readers | undefined, now: Date): Escrow {
  const at = `${now.toISOString().slice(0, 19)}Z`;
  if (readers === undefined) return { at, to: [] };
  return { at, key, to: readers.kind === 'passphrase' ? ['passphrase'] : readers.recipients.map(short) };
}

/** A recipient is no secret, and too long for people: of several, which. */
function short(recipient: string): string {
  return createHash('sha256').update(recipient).digest('hex').slice(0, 16);
}

/**
 * Writes a copy of a key that only the readers can open, and proves it: it is read again from the disk and is what was
 * written; one for a passphrase is opened with it, too.
 * @param bench has a note of what was written, until {@link forgetExport}: cut off in between, the same call writes it anew
 * @param path is not there yet, and lies on no ZFS pool that the key could be needed for
 * @throws UsageError `export-path-invalid`, RefusedError `file-exists`, `key-in-pool`, VolumeError `export-not-proven`
 */
export async function exportKey(
  bench: string,
  key: Uint8Array,
  path: string,
  readers: Readers,
): Promise<void> {
  await refuseExportPath(bench, path);
  const sealed = await sealFor(readers, key);
  const note: ExportNote = {
    version: 1,
    path,
    sha256: digestOf(sealed),
    escrow: escrowOf(fingerprint(key), readers, new Date()),
  };
  await replaceFile(notePath(bench), json(note));
  await writeFileAtomic(path, sealed, { mode: 0o600 });
  const found = await readFileCarefully(path);
  const isWhole = found?.toString('latin1') === sealed;
  const opened =
    found !== undefined && isWhole && readers.kind === 'passphrase' ? await open(readers, found) : key;
  if (isWhole && fingerprint(opened) === fingerprint(key)) return;
  throw new VolumeError(
    'export-not-proven',
    `${path} is not what was written to it: it is no copy of the key.`,
    {
      suggestions: [`Remove ${path}, and export the key to another disk.`],
    },
  );
}

/** @throws UsageError `export-path-invalid`, RefusedError `file-exists`, `key-in-pool` */
export async function refuseExportPath(bench: string, path: string): Promise<void> {
  const wrong = absolutePath(path);
  if (wrong !== undefined)
    throw new UsageError('export-path-invalid', `The path of the export ${wrong}. Nothing was changed.`);
  if (!(await lstat(dirname(path)).catch(() => undefined))?.isDirectory())
    throw new UsageError(
      'export-path-invalid',
      `There is no directory ${dirname(path)} for the export. Nothing was changed.`,
    );
  if ((await exists(path)) && !(await isCutOff(bench, path)))
    throw new RefusedError('file-exists', `${path} is there already. Nothing was changed.`, {
      suggestions: ['Name a file that is not there yet: the older copy may be needed for older backups.'],
    });
  await refuseInPool(path, 'A copy of a key');
}

/**
 * A key that lies in what it opens, or in what is mounted after it, is of no use at the next boot.
 * @throws RefusedError `key-in-pool`
 */
export async function refuseInPool(path: string, what: string): Promise<void> {
  const mounts = await readMounts();
  const under = mounts
    .filter(({ target }) => target === '/' || path === target || path.startsWith(`${target}/`))
    .reduce<(typeof mounts)[number] | undefined>(
      (best, each) => (best === undefined || each.target.length >= best.target.length ? each : best),
      undefined,
    );
  if (under?.fstype !== 'zfs' || under.target === '/') return;
  throw new RefusedError(
    'key-in-pool',
    `${what} at ${path} would lie in the pool itself (${under.source}), where it is out of reach when it is needed. Nothing was changed.`,
    { suggestions: ['Name a file on other storage.'] },
  );
}

/** Once it is recorded with what the key opens. */
export function forgetExport(bench: string): Promise<void> {
  return rm(notePath(bench), { force: true });
}

function notePath(bench: string): string {
  return join(stateDir(bench), 'key-export.json');
}

const ExportNote = z.object({
  version: z.literal(1),
  path: z.string(),
  sha256: z.string(),
  /** What is recorded of it when it is there. */
  escrow: Stored,
});
type ExportNote = z.infer<typeof ExportNote>;

function digestOf(sealed: string): string {
  return createHash('sha256').update(sealed).digest('hex');
}

async function readNote(bench: string): Promise<ExportNote | undefined> {
  const outcome = ExportNote.safeParse(JSON.parse((await readText(notePath(bench))) ?? 'null'));
  return outcome.success ? outcome.data : undefined;
}

/** Whether a file is an export that was cut off before it was recorded. */
async function isCutOff(bench: string, path: string): Promise<boolean> {
  const note = await readNote(bench);
  const found = await readFileCarefully(path).catch(() => undefined);
  return note?.path === path && found !== undefined && note.sha256 === digestOf(found.toString('latin1'));
}

/** What is to be recorded of an export of this key that is there as it was written; undefined where none is. */
export async function notedEscrow(bench: string, key: string): Promise<Escrow | undefined> {
  const note = await readNote(bench);
  if (note === undefined || note.escrow.key !== key || !(await isCutOff(bench, note.path))) return undefined;
  return note.escrow;
}
