import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { type OpenBy, processName } from './open-files.js';

/**
 * The processes that may be writing below a directory: they have a file there open for writing, or mapped for it.
 * Needs root to see all.
 */
export async function writersBelow(directory: string): Promise<OpenBy[]> {
  const prefix = `${await realpath(directory)}/`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      if (!(await writes(pid, prefix))) return [];
      const named = await processName(pid);
      // What ended meanwhile has lost its name and its unit: it would be taken for a stranger, but writes no more.
      return (await writes(pid, prefix)) ? [named] : [];
    }),
  );
  return found.flat();
}

/** A process, or its file, may be gone while it is looked at: then it writes no more. */
async function writes(pid: string, prefix: string): Promise<boolean> {
  for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const path = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    if (!path.startsWith(prefix)) continue;
    if (isForWriting(await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => ''))) return true;
  }
  return mapsForWriting(await readFile(`/proc/${pid}/maps`, 'utf8').catch(() => ''), prefix);
}

/** `flags:` are those of open(2) in octal; the last two bits say read, write or both (proc(5)). */
export function isForWriting(fdinfo: string): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(fdinfo)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
}

/** A shared mapping writes to its file though the descriptor may be closed. */
export function mapsForWriting(maps: string, prefix: string): boolean {
  return maps.split('\n').some((line) => {
    const match = /^\S+ .w.s \S+ \S+ \S+ +(\/.*)$/.exec(line);
    return match?.[1]?.startsWith(prefix) ?? false;
  });
}
