import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { GuestError } from './errors.js';
import { type Lock, lock, tryLock } from './lock.js';
import { type Progress, silent } from './progress.js';

/** A directory of the cache that is complete; it is not removed or rebuilt while `lease` is held. */
export interface CacheEntry {
  readonly dir: string;
  readonly lease: Lock;
}

export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME;
  // The XDG specification wants relative values ignored.
  return path.join(base && path.isAbsolute(base) ? base : path.join(os.homedir(), '.cache'), 'bench-guest');
}

const partialOf = (dir: string) => `${dir}.partial`;
const lockOf = (dir: string) => `${dir}.lock`;

/**
 * The entry `dir`, made by `build` if it is not there.
 *
 * `build` fills a directory beside it, which is renamed into place: so what has the final name is complete,
 * and what a killed build left has not. One lock per entry: exclusive to build or remove, shared to use.
 */
export async function ensureEntry(
  dir: string,
  build: (partial: string) => Promise<void>,
  progress: Progress = silent,
): Promise<CacheEntry> {
  await mkdir(path.dirname(dir), { recursive: true });
  for (;;) {
    const lease = await lock(lockOf(dir), 'shared', () => progress(`waiting: another process builds ${dir}`));
    if (existsSync(dir)) {
      const now = new Date();
      await utimes(dir, now, now);
      return { dir, lease };
    }
    lease.release();
    // Somebody else may build it, or even use it, before we get there: then look again.
    if (!(await buildEntry(dir, build, progress))) await sleep(50 + 200 * Math.random());
  }
}

/** One more lease on an entry that is known to be there. */
export async function leaseEntry(dir: string): Promise<Lock> {
  const lease = await lock(lockOf(dir), 'shared');
  if (existsSync(dir)) return lease;
  lease.release();
  throw new GuestError(`the cached ${dir} is gone`);
}

async function buildEntry(
  dir: string,
  build: (partial: string) => Promise<void>,
  progress: Progress,
): Promise<boolean> {
  const held = tryLock(lockOf(dir), 'exclusive');
  if (!held) return false;
  try {
    if (existsSync(dir)) return true;
    const partial = partialOf(dir);
    if (existsSync(partial)) progress(`removing what an interrupted build left: ${partial}`);
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    try {
      await build(partial);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error;
    }
    await execa('sync', ['-f', partial]);
    await rename(partial, dir);
    await syncDirectory(path.dirname(dir));
    return true;
  } finally {
    held.release();
  }
}

/** Removes entries of `parent` that nobody uses. What is in use, or not ours by its name, stays. */
export async function removeUnused(
  parent: string,
  options: { names: RegExp; keep: (names: string[]) => string[]; olderThanMs?: number },
): Promise<string[]> {
  const found: { name: string; usedAt: number }[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    const name = entry.name.replace(/\.partial$/, '');
    if (!entry.isDirectory() || !options.names.test(name)) continue;
    // Another process may have removed it since it was listed, for the same reason.
    const stats = await stat(path.join(parent, entry.name)).catch(() => undefined);
    if (stats !== undefined) found.push({ name, usedAt: stats.mtimeMs });
  }
  found.sort((a, b) => b.usedAt - a.usedAt);
  const keep = new Set(options.keep([...new Set(found.map((entry) => entry.name))]));
  const removed: string[] = [];
  for (const { name, usedAt } of found) {
    if (keep.has(name) || Date.now() - usedAt < (options.olderThanMs ?? 0)) continue;
    if (await removeEntry(path.join(parent, name))) removed.push(name);
  }
  return removed;
}

async function removeEntry(dir: string): Promise<boolean> {
  const held = tryLock(lockOf(dir), 'exclusive');
  if (!held) return false;
  try {
    const partial = partialOf(dir);
    await rm(partial, { recursive: true, force: true });
    // Renamed first: a removal that is cut short must not leave something that looks complete.
    if (existsSync(dir)) await rename(dir, partial);
    await rm(partial, { recursive: true, force: true });
    return true;
  } finally {
    held.release();
  }
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
