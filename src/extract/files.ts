import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RefusedError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { freeBytes, ignoreMissing } from '../host/files.js';
import { makeDirectory, nameIn, openDirectory, temporariesOf, temporaryOf } from '../host/open-directory.js';
import { withoutNothingChanged } from '../printable.js';
import type { SnapshotFile } from './snapshot-files.js';
import { refuseNoSpace } from './space.js';

/** A file or directory that came back. */
export interface ExtractedFile {
  /** Below the bench's directory. */
  path: string;
  /** Where it is now. */
  to: string;
  /** Where what was there before is kept; null where nothing was. */
  kept: string | null;
}

export interface Place {
  file: SnapshotFile;
  /** Where it is to be. */
  to: string;
  /** The name that what is there is kept under; undefined where nothing may be there. */
  aside: string | undefined;
}

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** A site with all of its uploads. */
const COPY_MS = 24 * 3_600_000;

/**
 * Makes the directory that files are brought to, for root alone, unless it is there.
 * @returns whether it was made
 */
export async function makeTarget(directory: string): Promise<boolean> {
  if (!(await makeDirectory(directory, undefined))) return false;
  const made = await openDirectory(directory);
  try {
    await made.chmod(0o700);
  } finally {
    await made.close();
  }
  return true;
}

/** Takes it away again, where nothing has come into it. */
export async function dropTarget(directory: string): Promise<void> {
  await rmdir(directory).catch(() => undefined);
}

/**
 * What speaks against a place, found before anything is copied.
 * @throws RefusedError `file-exists`, `no-space`; VolumeError `write-failed`
 */
export async function refusePlace(runner: Runner, { file, to, aside }: Place): Promise<void> {
  const directory = await openParent(to);
  await directory.close();
  if (aside === undefined && (await lstat(to).catch(ignoreMissing)) !== undefined) throw exists(to);
  const { stdout } = await runner.run({
    argv: ['du', '--summarize', '--block-size=1', '--apparent-size', '--', file.source],
    privileged: true,
    timeoutMs: COPY_MS,
  });
  const needed = Number(stdout.split('\t')[0]);
  refuseNoSpace(dirname(to), await freeBytes(dirname(to)), needed, ['Name a directory elsewhere: --to DIR']);
}

/**
 * Copies a file or directory out of a snapshot, beside its place, and then gives it its name in one step. What is there
 * is never overwritten: it is kept under another name, or refused. In a directory of a user's nothing is followed or
 * removed that he has put there.
 * @param publishing is given what puts it in its place, and learns what is there then: what fails later does not undo it
 */
export async function bringBack(
  runner: Runner,
  { file, to, aside }: Place,
  publishing: (publish: () => Promise<ExtractedFile>) => Promise<void>,
): Promise<void> {
  const directory = await openParent(to);
  const name = basename(to);
  const at = (entry: string) => nameIn(directory, to, entry);
  try {
    await removeStaging(at, name);
    const staging = temporaryOf(name);
    await mkdir(at(staging), { mode: 0o700 });
    const inside = await open(at(staging), DIRECTORY);
    try {
      await requireOurs(inside, to);
      await copyInto(runner, file.source, inside);
      const copied = nameIn(inside, join(dirname(to), staging, 'x'), basename(file.source));
      await publishing(async () => {
        const kept = aside === undefined ? null : await setBeside(at, name, aside, dirname(to));
        try {
          await publish(copied, at(name), to);
        } catch (error) {
          if (kept === null || aside === undefined) throw error;
          await publish(at(aside), at(name), to).catch(() => {
            throw leftAside(to, kept, error);
          });
          throw error;
        }
        return { path: file.path, to, kept };
      });
      await directory.sync();
    } finally {
      await inside.close();
      await rm(at(staging), { recursive: true, force: true });
    }
  } finally {
    await directory.close();
  }
}

/** Everything that rsync can keep but devices, which a copy has no use for; symlinks as they are (rsync(1)). */
async function copyInto(runner: Runner, source: string, target: FileHandle): Promise<void> {
  await runner.run({
    argv: [
      'rsync',
      '-aHAXS',
      '--no-devices',
      '--no-specials',
      '--numeric-ids',
      '--',
      source,
      '/proc/self/fd/3/',
    ],
    privileged: true,
    inheritFds: [target.fd],
    timeoutMs: COPY_MS,
  });
  await runner.run({
    argv: ['sync', '--file-system', '/proc/self/fd/3'],
    inheritFds: [target.fd],
    privileged: true,
  });
}

/** Nobody can have put anything into it: it is root's, and nobody else's. */
async function requireOurs(directory: FileHandle, to: string): Promise<void> {
  const { uid, mode } = await directory.stat();
  if (uid === process.geteuid?.() && (mode & 0o777) === 0o700) return;
  throw new RefusedError(
    'directory-replaced',
    `Somebody changes ${dirname(to)} meanwhile. Nothing was changed.`,
  );
}

/** A killed run leaves one: root's own, for root alone. */
async function removeStaging(at: (name: string) => string, name: string): Promise<void> {
  for (const left of await temporariesOf(at('.'), name)) {
    const found = await lstat(at(left)).catch(ignoreMissing);
    const isOurs = found?.isDirectory() === true && found.uid === 0 && (found.mode & 0o777) === 0o700;
    if (isOurs) await rm(at(left), { recursive: true, force: true });
  }
}

/** Gives what is there another name; null where there is nothing. */
async function setBeside(
  at: (name: string) => string,
  name: string,
  aside: string,
  directory: string,
): Promise<string | null> {
  if ((await lstat(at(name)).catch(ignoreMissing)) === undefined) return null;
  if ((await lstat(at(aside)).catch(ignoreMissing)) !== undefined) throw exists(join(directory, aside));
  await rename(at(name), at(aside));
  return join(directory, aside);
}

/** What was there has its other name, and cannot have its own again: something else has come there meanwhile. */
function leftAside(to: string, kept: string, error: unknown): VolumeError {
  const why = error instanceof Error ? withoutNothingChanged(error.message) : String(error);
  return new VolumeError(
    'extract-unfinished',
    `Nothing could be put at ${to}: ${why} What was there is kept as ${kept}.`,
    { suggestions: [`Look at both: ls -ld ${to} ${kept}`], cause: error },
  );
}

/** A rename would replace a file that has come since; a link does not, and a directory is not put over anything. */
async function publish(from: string, to: string, shown: string): Promise<void> {
  try {
    if ((await lstat(from)).isDirectory()) {
      await mkdir(to).then(() => rmdir(to));
      await rename(from, to);
    } else {
      await link(from, to);
      await unlink(from);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(shown);
    throw error;
  }
}

async function openParent(path: string): Promise<FileHandle> {
  return openDirectory(dirname(path)).catch((cause) => {
    if (cause instanceof RefusedError) throw cause;
    throw new VolumeError(
      'write-failed',
      `${dirname(path)} cannot be opened (${(cause as Error).message}). Nothing was changed.`,
      {
        suggestions: ['Bring back the directory that it lies in, or name another one: --to DIR'],
        cause,
      },
    );
  });
}

function exists(path: string): RefusedError {
  return new RefusedError(
    'file-exists',
    `${path} exists already; it is not overwritten. Nothing was changed.`,
    {
      suggestions: ['Name another directory: --to DIR', 'Or keep what is there beside it: --in-place'],
    },
  );
}
