import { constants, type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BusyError, RefusedError } from '../errors.js';
import { type Command, HostRunner, type Runner } from './exec.js';
import { openDirectory } from './open-directory.js';
import { flockHolders, startOf } from './open-files.js';
import { STATE_DIR } from './paths.js';

/** Exit code of flock(1) for "somebody else holds it"; any other failure is a failure. */
const CONFLICT = 75;

interface Holder {
  pid: number;
  /** When the process began, as the kernel counts it: a process id is given again. */
  start: string;
  purpose: string;
  since: string;
}

/**
 * Runs `work` while this process alone holds the lock on `path`, a lock file (made if missing, for its owner alone:
 * whoever may open it can hold it; removed only by whoever holds it) or with `isDirectory` a directory, in which and of
 * which nothing is made, whatever a user puts in its place. The lock is the kernel's
 * flock(2) on our open file: it ends with this process, whatever ends it. A lock file also says who holds it, for
 * people; only the kernel decides.
 * Throws {@link BusyError} `busy` when it is not had within `timeoutMs`; then `work` has not begun.
 */
export async function withLock<T>(
  options: { path: string; isDirectory?: boolean; timeoutMs: number; purpose: string; runner?: Runner },
  work: (lock: { fd: number }) => Promise<T>,
): Promise<T> {
  const file = await openLocked(options);
  try {
    if (file.writable) await writeHolder(file.handle, options.purpose);
    try {
      return await work({ fd: file.handle.fd });
    } finally {
      if (file.writable) await file.handle.truncate(0).catch(() => undefined);
    }
  } finally {
    // Closing the last descriptor of the open file is what releases the lock.
    await file.handle.close();
  }
}

interface LockFile {
  handle: FileHandle;
  writable: boolean;
}

/** Had, and by its name: one that was removed while it was waited for, with what it was of, keeps nobody else out. */
async function openLocked(options: Parameters<typeof withLock>[0]): Promise<LockFile> {
  for (;;) {
    const file = await (options.isDirectory ? openDirectoryLock : openLock)(options.path);
    try {
      await acquire(file.handle, options);
      if (options.isDirectory || (await isAt(options.path, file.handle))) return file;
    } catch (error) {
      await file.handle.close();
      throw error;
    }
    await file.handle.close();
  }
}

async function isAt(path: string, handle: FileHandle): Promise<boolean> {
  const [there, ours] = [await lstat(path).catch(() => undefined), await handle.stat()];
  return there?.dev === ours.dev && there.ino === ours.ino;
}

async function acquire(
  handle: FileHandle,
  { path, timeoutMs, runner = new HostRunner() }: { path: string; timeoutMs: number; runner?: Runner },
): Promise<void> {
  const wait = timeoutMs > 0 ? ['--timeout', String(timeoutMs / 1000)] : ['--nonblock'];
  // flock(1) locks the open file it is handed as descriptor 3, which is ours and stays open when it ends.
  const result = await runner.run({
    argv: ['flock', '--exclusive', ...wait, '--conflict-exit-code', String(CONFLICT), '3'],
    inheritFds: [handle.fd],
    okExitCodes: [0, CONFLICT],
    timeoutMs: timeoutMs + 10_000,
  });
  if (result.exitCode === CONFLICT) throw busy(path, timeoutMs, await whoHolds(handle));
}

/**
 * Who holds the lock, for people. The file tells, unless who wrote it was killed; then a process that it has started
 * holds the lock, or one that has it only just now and has not written yet.
 */
async function whoHolds(handle: FileHandle): Promise<string> {
  const written = await readHolder(handle);
  const note =
    written === undefined ? '' : `process ${written.pid} (${written.purpose}, since ${written.since})`;
  if (written !== undefined && written.start === (await startOf(written.pid))) return note;
  const holders = (await flockHolders(await handle.stat())).map(({ name, pid }) => `${name} (pid ${pid})`);
  const who = holders.length === 0 ? 'another process' : holders.join(', ');
  return note === '' ? who : `${who}, after ${note} had ended`;
}

function busy(path: string, timeoutMs: number, who: string): BusyError {
  const waited = timeoutMs > 0 ? ` after ${timeoutMs / 1000} s` : '';
  return new BusyError('busy', `${path} is still locked by ${who}${waited}. Nothing was changed.`, {
    suggestions: ['Wait until it has finished, then run the command again.'],
  });
}

const FLAGS = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Hands the lock on to every process that this runner starts. One that outlives a killed bench, such as a copy or a
 * rollback, keeps it until it ends: whoever comes next would otherwise work on the same files beside it.
 */
export function holding(runner: Runner, lock: { fd: number }): Runner {
  const withLockIn = (command: Command): Command => ({
    ...command,
    inheritFds: [...(command.inheritFds ?? []), lock.fd],
    ...(command.pipedFrom === undefined ? {} : { pipedFrom: withLockIn(command.pipedFrom) }),
  });
  return { run: (command) => runner.run(withLockIn(command)) };
}

async function openLock(path: string): Promise<LockFile> {
  try {
    return await checked(await openOrCreate(path), path, true);
  } catch (error) {
    // A directory, or a file of somebody else: a descriptor for reading can carry the lock as well.
    const readable = ['EISDIR', 'EACCES', 'EPERM', 'EROFS'].includes(errorCode(error));
    if (!readable) throw refuse(path, error);
  }
  try {
    return await checked(await open(path, constants.O_RDONLY | FLAGS), path, false);
  } catch (error) {
    throw refuse(path, error);
  }
}

async function openDirectoryLock(path: string): Promise<LockFile> {
  try {
    return { handle: await openDirectory(path), writable: false };
  } catch (error) {
    throw refuse(path, error);
  }
}

async function openOrCreate(path: string): Promise<FileHandle> {
  const create = () => open(path, constants.O_RDWR | constants.O_CREAT | FLAGS, 0o600);
  try {
    return await create();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    return create();
  }
}

function refuse(path: string, error: unknown): unknown {
  if (error instanceof RefusedError) return error;
  const code = errorCode(error);
  const bench = dirname(path).startsWith(STATE_DIR) && code === 'EACCES';
  const why =
    code === 'ELOOP' ? 'is a symlink; a lock is never taken through one' : `cannot be opened (${code})`;
  return new RefusedError('lock-refused', `The lock ${path} ${why}. Nothing was changed.`, {
    cause: error,
    suggestions: bench
      ? ['Run it with sudo, or become an operator of the bench: sudo bench init --operator NAME']
      : [`Look at its permissions: ls -ld ${dirname(path)} ${path}`],
  });
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

async function checked(handle: FileHandle, path: string, writable: boolean) {
  const stat = await handle.stat();
  if (stat.isFile() || stat.isDirectory()) return { handle, writable };
  await handle.close();
  throw new RefusedError('lock-refused', `The lock ${path} is neither a file nor a directory.`);
}

async function writeHolder(handle: FileHandle, purpose: string): Promise<void> {
  const start = await startOf(process.pid);
  const holder: Holder = { pid: process.pid, start, purpose, since: new Date().toISOString() };
  await handle.truncate(0);
  await handle.write(`${JSON.stringify(holder)}\n`, 0);
}

async function readHolder(handle: FileHandle): Promise<Holder | undefined> {
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const holder = JSON.parse(buffer.toString('utf8', 0, bytesRead)) as Partial<Holder> | null;
    if (typeof holder?.pid !== 'number') return undefined;
    // Written by an operator, perhaps, and shown to root: no control characters.
    const { pid, start } = holder;
    return { pid, start: String(start), purpose: printable(holder.purpose), since: printable(holder.since) };
  } catch {
    // A directory, or a file nobody has written to.
    return undefined;
  }
}

function printable(text: unknown): string {
  return String(text)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);
}
