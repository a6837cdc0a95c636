import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { onOneLine } from '../printable.js';

export interface OpenBy {
  pid: number;
  name: string;
  /** The unit it runs in, by its control group; undefined for one outside of any service. */
  unit: string | undefined;
  /** It has the file system mounted in a mount namespace of its own, which our unmounting does not reach. */
  elsewhere?: boolean;
}

/**
 * The processes that use file systems: an open file, the working directory, the root or the program itself lies on
 * one. Compared by device number, so that bind mounts and other mount namespaces count as well. Needs root to see all.
 * @param paths a path on each of the file systems
 */
export async function processesOn(paths: readonly string[]): Promise<OpenBy[]> {
  if (paths.length === 0) return [];
  const devices = new Set(await Promise.all(paths.map(async (path) => (await stat(path)).dev)));
  return processesThat((pid) => uses(pid, devices));
}

/**
 * The processes in another mount namespace in which this source is mounted, and stays so when it is unmounted here:
 * one mount namespace can have a mount for itself, with or without a file open on it.
 */
export async function mountedElsewhere(source: string): Promise<OpenBy[]> {
  const ours = await readlink('/proc/self/ns/mnt');
  const found = await processesThat(async (pid) => {
    const theirs = await readlink(`/proc/${pid}/ns/mnt`).catch(() => ours);
    if (theirs === ours) return false;
    return keepsMount(await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => ''), source);
  });
  return found.map((process) => ({ ...process, elsewhere: true }));
}

/**
 * Whether a mountinfo shows a mount of this source that does not follow ours: `master:` and `shared:` among the
 * optional fields say that unmounting is passed on (mount_namespaces(7)).
 */
export function keepsMount(mountinfo: string, source: string): boolean {
  return mountinfo.split('\n').some((line) => {
    const [left, right] = line.split(' - ', 2);
    // A snapshot that is looked at below .zfs is a mount of its own, and keeps the one that it lies in.
    if (left === undefined || right?.split(' ')[1]?.split('@')[0] !== source) return false;
    return !left
      .split(' ')
      .slice(6)
      .some((field) => /^(?:master|shared):/.test(field));
  });
}

async function processesThat(match: (pid: string) => Promise<boolean>): Promise<OpenBy[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => ((await match(pid)) ? [await processName(pid)] : [])),
  );
  return found.flat();
}

async function uses(pid: string, devices: ReadonlySet<number>): Promise<boolean> {
  const descriptors = (await readdir(`/proc/${pid}/fd`).catch(() => [])).map((fd) => `fd/${fd}`);
  for (const link of ['cwd', 'root', 'exe', ...descriptors]) {
    // A process, or its file, may be gone by now.
    const target = await stat(`/proc/${pid}/${link}`).catch(() => undefined);
    if (target !== undefined && devices.has(target.dev)) return true;
  }
  return false;
}

/**
 * The processes that use files by a path below one of these: of a file system that is mounted in several places, only those
 * that came by this one. Needs root to see all.
 */
export async function processesBelow(paths: readonly string[]): Promise<OpenBy[]> {
  const isBelow = (link: string) => paths.some((path) => link === path || link.startsWith(`${path}/`));
  return processesThat(async (pid) => {
    const descriptors = (await readdir(`/proc/${pid}/fd`).catch(() => [])).map((fd) => `fd/${fd}`);
    for (const link of ['cwd', 'root', 'exe', ...descriptors])
      if (isBelow(await readlink(`/proc/${pid}/${link}`).catch(() => ''))) return true;
    const maps = await readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '');
    return maps.split('\n').some((line) => isBelow(/^\S+ \S+ \S+ \S+ \S+ +(\/.*)$/.exec(line)?.[1] ?? ''));
  });
}

/** The processes that have a block device open, under whatever name. Needs root to see all. */
export async function processesWithDevice(path: string): Promise<OpenBy[]> {
  const device = await stat(path).catch(() => undefined);
  if (!device?.isBlockDevice()) return [];
  return processesThat(async (pid) => {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await stat(`/proc/${pid}/fd/${fd}`).catch(() => undefined);
      if (target?.isBlockDevice() && target.rdev === device.rdev) return true;
    }
    return false;
  });
}

/** Who a process is, and in which unit. */
export function formatProcess({ name, pid, unit, elsewhere }: OpenBy): string {
  const notes = [`pid ${pid}`, ...(unit === undefined ? [] : [unit])];
  if (elsewhere) notes.push('in a mount namespace of its own');
  return `${name} (${notes.join(', ')})`;
}

/** The processes that have this file open by a descriptor that holds its flock(2). Needs root to see all. */
export async function flockHolders(file: { dev: number; ino: number }): Promise<OpenBy[]> {
  return processesThat(async (pid) => {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const open = await stat(`/proc/${pid}/fd/${fd}`).catch(() => undefined);
      if (open?.dev !== file.dev || open.ino !== file.ino) continue;
      // Those that wait for it have it open, too (proc_pid_fdinfo(5)).
      const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '');
      if (/^lock:.*\bFLOCK\b/m.test(info)) return true;
    }
    return false;
  });
}

/** When a process began, in clock ticks since the host did: with its id it names one process. Empty where it is gone. */
export async function startOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Field 22 of proc_pid_stat(5); the name, in brackets, may hold blanks and brackets.
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Who a process is, for people; it may be gone by now. */
export async function processName(pid: string): Promise<OpenBy> {
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim();
  const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  // A process calls itself whatever it likes.
  const unit = cgroup.match(/([^/\n]+\.service)(?:\/|\s|$)/)?.[1];
  return { pid: Number(pid), name: onOneLine(name), unit: unit === undefined ? unit : onOneLine(unit) };
}
