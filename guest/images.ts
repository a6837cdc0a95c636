import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type CacheEntry, cacheRoot, ensureEntry, removeUnused } from './cache.js';
import type { Progress } from './progress.js';
import { qemuHash } from './qemu/recipe.js';
import { umlHash, umlKernelHash } from './uml/recipe.js';

const dayMs = 24 * 60 * 60 * 1000;

/** The names of what the present recipes make, in the cache. */
const present = () => ({
  qemu: `qemu-${qemuHash()}`,
  uml: `uml-${umlHash()}`,
  kernel: `kernel-${umlKernelHash()}`,
});

/** What the present recipe makes, from the cache or made now. */
export async function ensureMade(
  what: 'qemu' | 'uml' | 'kernel',
  build: (dir: string) => Promise<void>,
  progress: Progress,
): Promise<CacheEntry> {
  const root = cacheRoot();
  await mkdir(root, { recursive: true });
  const entry = await ensureEntry(path.join(root, present()[what]), build, progress);
  // Without a prefix: of an earlier version.
  const names = /^((qemu|uml|kernel)-)?[0-9a-f]{16}$/;
  await removeUnused(root, { names, keep: () => Object.values(present()), olderThanMs: 3 * dayMs });
  return entry;
}
