import { setTimeout as sleep } from 'node:timers/promises';
import { writeJournal } from '../bench/bench.js';
import { findDataset, setProperties } from '../zfs/zfs.js';
import type { Restore } from './restore-state.js';

const MIB = 1024 ** 2;
/** With less than this a dataset counts as full. */
const FULL_BYTES = 64 * MIB;
/** What a server has not written yet, at most; whatever of it is not needed is given back soon. */
const ROOM_TO_STOP_BYTES = 1024 * MIB;
const FREED_MS = 10_000;

/**
 * A MariaDB that cannot write does not end: InnoDB repeats the write for as long as systemd waits, a quarter of an hour,
 * and is killed then. So a bench that is full to its quota gets room first, where the pool has some.
 */
export async function raiseQuota({ config, runner, journal, live, step }: Restore): Promise<void> {
  if (live === undefined || live.quotaBytes === 0 || live.availableBytes >= FULL_BYTES) return;
  const pool = await findDataset(runner, config.volume.pool);
  const more = Math.min(ROOM_TO_STOP_BYTES, pool?.availableBytes ?? 0);
  if (more < MIB) return;
  await step('Raise the quota for as long as MariaDB takes to stop', async () => {
    // A swap has all properties of the live dataset in its plan.
    if (journal.mode === 'rollback') journal.raisedQuota ??= live.quotaBytes;
    await writeJournal(config.name, journal);
    await runner.run(setProperties(live.name, { quota: String(live.quotaBytes + more) }));
  });
}

/** After a rollback: the quota that was in force. Once, so that one which is set meanwhile, to give MariaDB room, stays. */
export async function lowerQuota({ config, runner, journal, layout, notes, step }: Restore): Promise<void> {
  const { raisedQuota } = journal;
  if (raisedQuota === undefined) return;
  await step('Set the quota again', async () => {
    const fits = async () => ((await findDataset(runner, layout.dataset))?.usedBytes ?? 0) <= raisedQuota;
    const deadline = performance.now() + FREED_MS;
    let isSmall = await fits();
    // What a rollback gives up is freed a moment later.
    while (!isSmall && performance.now() < deadline) {
      await sleep(500);
      isSmall = await fits();
    }
    if (isSmall) {
      await runner.run(setProperties(layout.dataset, { quota: String(raisedQuota) }));
      delete journal.raisedQuota;
      await writeJournal(config.name, journal);
    } else
      notes.push('The snapshot holds more than the quota: it stays raised, which bench volume status tells.');
  });
}
