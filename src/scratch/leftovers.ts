import { readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { BusyError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { ignoreMissing } from '../host/files.js';
import { holding, withLock } from '../host/lock.js';
import { mountAt, readMounts } from '../host/mounts.js';
import { stopUnits } from '../host/systemd.js';
import { destroyClone } from './clone.js';
import { isScratchId, SCRATCH_DIR, type ScratchNames, scratchNames, scratchParent } from './names.js';
import { type ScratchDataset, scratchDatasets } from './registry.js';

/** Something that was left out of sight by a bench that did not come to its end. */
export interface Leftover {
  id: string;
  /** Null where only its directory or its server were left. */
  dataset: string | null;
}

/**
 * Takes away what benches that were killed have left out of sight in a pool: servers, mounts, clones, directories. What
 * belongs to a bench that is at work is left alone: that one holds its lock.
 */
export async function removeLeftovers(runner: Runner, pool: string): Promise<Leftover[]> {
  const clones = new Map(
    (await scratchDatasets(runner, scratchParent(pool), 1))
      .filter(isOurClone)
      .map((clone) => [clone.name.slice(clone.name.lastIndexOf('/') + 1), clone]),
  );
  const ids = [...new Set([...clones.keys(), ...(await idsOfHost())])];
  const removed: Leftover[] = [];
  for (const id of ids) {
    const names = scratchNames(pool, id);
    // Of another pool: its clone is in sight at this directory, and is found with that pool.
    if (!clones.has(id) && mountAt(await readMounts(), names.volume) !== undefined) continue;
    if (await ifNobodyHas(names, runner, (holder) => takeAway(holder, names)))
      removed.push({ id, dataset: clones.get(id)?.name ?? null });
  }
  return removed;
}

/** Only what bench makes here is ever destroyed: a clone, by its place, its name and its mark. */
function isOurClone({ name, origin, isMarked }: ScratchDataset): boolean {
  return isMarked && origin !== undefined && isScratchId(name.slice(name.lastIndexOf('/') + 1));
}

async function idsOfHost(): Promise<string[]> {
  const entries = (await readdir(SCRATCH_DIR).catch(ignoreMissing)) ?? [];
  return entries.map((entry) => entry.replace(/\.lock$/, '')).filter(isScratchId);
}

async function ifNobodyHas(
  names: ScratchNames,
  runner: Runner,
  work: (runner: Runner) => Promise<void>,
): Promise<boolean> {
  const lock = { path: names.lock, timeoutMs: 0, purpose: 'removing what was left', runner };
  try {
    await withLock(lock, (held) => work(holding(runner, held)));
    return true;
  } catch (error) {
    if (error instanceof BusyError && error.code === 'busy') return false;
    throw error;
  }
}

/**
 * Takes all of it away, whatever is there: the server first, then the clone, then the directory, its lock last. Under
 * its lock; each part may be gone already.
 */
export async function takeAway(runner: Runner, names: ScratchNames): Promise<void> {
  // 5: systemd knows no such unit, so it does not run.
  await runner.run({ ...stopUnits([names.unit]), okExitCodes: [0, 5] });
  const [clone] = await scratchDatasets(runner, names.dataset, 0);
  if (clone !== undefined && isOurClone(clone)) await destroyClone(runner, clone);
  await removeDirectory(names);
  await unlink(names.lock).catch(ignoreMissing);
}

/** Not recursively: MariaDB could put a link there, and whatever is still mounted must not be emptied. */
async function removeDirectory(names: ScratchNames): Promise<void> {
  for (const directory of [names.runtime, names.directory]) {
    for (const entry of (await readdir(directory, { withFileTypes: true }).catch(ignoreMissing)) ?? [])
      if (!entry.isDirectory()) await unlink(join(directory, entry.name)).catch(ignoreMissing);
  }
  for (const directory of [names.runtime, names.volume, names.directory])
    await rmdir(directory).catch(ignoreMissing);
}
