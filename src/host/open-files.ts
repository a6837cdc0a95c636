import { readdir, readFile, stat } from 'node:fs/promises';

export interface OpenBy {
  pid: number;
  name: string;
  /** The unit it runs in, by its control group; undefined for one outside of any service. */
  unit: string | undefined;
}

/**
 * The processes that use a file system: an open file, the working directory, the root or the program itself lies on
 * it. Compared by device number, so that bind mounts and other mount namespaces count as well. Needs root to see all.
 * @param path any path on the file system
 */
export async function processesOn(path: string): Promise<OpenBy[]> {
  const { dev } = await stat(path);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const users = await Promise.all(
    pids.map(async (pid) => ((await uses(pid, dev)) ? [await describe(pid)] : [])),
  );
  return users.flat();
}

async function uses(pid: string, dev: number): Promise<boolean> {
  const descriptors = (await readdir(`/proc/${pid}/fd`).catch(() => [])).map((fd) => `fd/${fd}`);
  for (const link of ['cwd', 'root', 'exe', ...descriptors]) {
    // A process, or its file, may be gone by now.
    const target = await stat(`/proc/${pid}/${link}`).catch(() => undefined);
    if (target?.dev === dev) return true;
  }
  return false;
}

async function describe(pid: string): Promise<OpenBy> {
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim();
  const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  return { pid: Number(pid), name, unit: cgroup.match(/([^/\n]+\.service)(?:\/|\s|$)/)?.[1] };
}
