import { setTimeout as sleep } from 'node:timers/promises';
import { humanSize } from '../config/size.js';
import { RefusedError, VolumeError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { noRoomIn } from '../mariadb/mariadb.js';
import {
  cloneSnapshot,
  createDataset,
  destroyBareDataset,
  encodeNote,
  findDataset,
  MARK,
  mountDataset,
  setProperties,
  unmountDataset,
} from '../zfs/zfs.js';
import { type ScratchNames, scratchParent } from './names.js';
import { type ScratchDataset, scratchDatasets } from './registry.js';

const MIB = 1024 ** 2;
/** What a recovery may write, at least and at most; the pool's benches keep their reservations in any case. */
const LEAST_BYTES = 256 * MIB;
const MOST_BYTES = 16 * 1024 * MIB;
/** InnoDB repeats what it says of a full disk. */
const MOST_LINES = 10;

/** None of them has files of its own, and each clone below carries its mark from the first moment. */
const PARENT_PROPERTIES = { canmount: 'off', mountpoint: 'none', [MARK.scratch]: 'parent' };

/**
 * Makes what the clones of a pool lie below. ZFS makes a dataset and gives it its properties in two transactions: one
 * that was cut off between them is empty, and gets them now.
 * @throws RefusedError `scratch-not-ours` for a dataset of somebody else's by that name
 */
export async function ensureParent(runner: Runner, pool: string): Promise<void> {
  const name = scratchParent(pool);
  const found = await scratchDatasets(runner, name, 0);
  const [parent] = found;
  if (parent === undefined) {
    await runner.run(createDataset(name, PARENT_PROPERTIES)).catch(async (error: unknown) => {
      // Another bench may have made it just then.
      if ((await scratchDatasets(runner, name, 0)).length === 0) throw error;
    });
    return;
  }
  if (parent.isMarked) return;
  const children = (await scratchDatasets(runner, name, 1)).length - 1;
  if (children > 0 || parent.referencedBytes > MIB) {
    throw new RefusedError(
      'scratch-not-ours',
      `${name} exists and was not made by bench, which keeps copies of snapshots there for a while. Nothing was changed.`,
      { suggestions: [`Give it another name: zfs rename ${name} ${name}.other`] },
    );
  }
  await runner.run(setProperties(name, PARENT_PROPERTIES));
}

/**
 * Room for a recovery, found out before anything is made.
 * @returns bytes that a copy may write
 * @throws RefusedError `no-space-scratch`
 */
export async function roomFor(runner: Runner, pool: string): Promise<number> {
  const available = (await findDataset(runner, pool))?.availableBytes ?? 0;
  if (available >= 2 * LEAST_BYTES) return Math.floor(Math.min(available / 2, MOST_BYTES));
  throw new RefusedError(
    'no-space-scratch',
    `Pool ${pool} has ${humanSize(available)} free; MariaDB needs some room to recover on a copy of a snapshot. Nothing was changed.`,
    { suggestions: [`Make room: bench volume list-snapshots, zfs list -o space -r ${pool}`] },
  );
}

/**
 * Where MariaDB has said that it could not write, by its log or by an error, nothing else that it says of the copy counts.
 * @throws VolumeError `no-space-scratch`
 */
export function refuseNoRoom(said: string): void {
  const lines = noRoomIn(said);
  if (lines.length === 0) return;
  throw new VolumeError(
    'no-space-scratch',
    'MariaDB had no room left on the copy of the snapshot, so nothing can be said of what it holds, and nothing was recorded.',
    {
      stderr: lines.slice(-MOST_LINES).join('\n'),
      suggestions: [
        'A copy may write half of what is free in the pool, and 16G at most. Make room: zfs list -o space',
      ],
    },
  );
}

/**
 * Clones a snapshot and mounts it where only root and MariaDB look. Reading it does not push what live benches read out
 * of memory (`primarycache`), and nothing of it has to last (`sync`).
 * @throws RefusedError `key-not-loaded`
 */
export async function cloneAndMount(
  runner: Runner,
  names: ScratchNames,
  snapshot: string,
  quotaBytes: number,
): Promise<void> {
  await runner.run(
    cloneSnapshot(snapshot, names.dataset, {
      [MARK.scratch]: encodeNote(new Date().toISOString()),
      canmount: 'noauto',
      mountpoint: names.volume,
      quota: String(quotaBytes),
      recordsize: '16K',
      compression: 'lz4',
      atime: 'off',
      devices: 'off',
      exec: 'off',
      setuid: 'off',
      primarycache: 'metadata',
      sync: 'disabled',
    }),
  );
  await runner.run(mountDataset(names.dataset)).catch((error: unknown) => {
    if (!(error instanceof CommandError && /key not loaded/.test(error.result.stderr))) throw error;
    throw new RefusedError(
      'key-not-loaded',
      `${snapshot} is encrypted, and its key is not loaded: nothing of it can be read. Nothing was changed.`,
      { suggestions: ['bench key load'], cause: error },
    );
  });
}

const BUSY_MS = 15_000;

/** Unmounts and destroys a clone, and looks whether it is gone. Never one with a snapshot, which somebody has made. */
export async function destroyClone(runner: Runner, { name, isMounted }: ScratchDataset): Promise<void> {
  if (isMounted) await whileBusy(() => runner.run(unmountDataset(name)));
  await whileBusy(() => runner.run(destroyBareDataset(name)));
  if ((await scratchDatasets(runner, name, 0)).length === 0) return;
  throw new VolumeError('scratch-stays', `zfs destroy ${name} reported success, but it is still there.`, {
    suggestions: [`zfs list -t all -r ${name}`, `zfs destroy ${name}`],
  });
}

/** A server that has just ended, or somebody's look, keeps it busy for a moment. */
async function whileBusy(work: () => Promise<unknown>): Promise<void> {
  for (const deadline = performance.now() + BUSY_MS; ; ) {
    try {
      await work();
      return;
    } catch (error) {
      const isBusy = error instanceof CommandError && /\bbusy\b/.test(error.result.stderr);
      if (!isBusy || performance.now() > deadline) throw error;
    }
    await sleep(300);
  }
}
