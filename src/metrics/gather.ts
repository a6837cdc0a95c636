import { hostBenches, listBenches, suspendedPools } from '../bench/bench.js';
import { addSample, limitsOf, predict, readForecast, writeForecast } from '../forecast/forecast.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { readOffsiteRecord } from '../offsite/offsite.js';
import { readCopyRecord } from '../replicate/replicate.js';
import { readRunRecord } from '../schedule/schedule.js';
import {
  knowsSnapshotsChanged,
  listPools,
  listSpace,
  type PoolSummary,
  readDatasetIo,
  type Space,
} from '../zfs/zfs.js';
import { snapshotTimes } from './snapshot-cache.js';
import type { BenchFigures, World } from './world.js';

/**
 * Looks at all benches of the host. Five processes at most, however many benches and snapshots there are: what list asks,
 * the pools, space, and the snapshots of those whose snapshots have changed.
 * @param keeps whether sizes are remembered for forecasts, and what was found for the next time; only root may
 */
export async function gather(runner: Runner, keeps: boolean): Promise<World> {
  const now = new Date();
  const started = performance.now();
  const suspended = await suspendedPools();
  const { benches } = await listBenches(runner);
  const configs = new Map((await hostBenches()).map((config) => [config.name, config]));
  const wanted = [...new Set(benches.flatMap(({ pool }) => pool ?? []))].filter(
    (pool) => !suspended.includes(pool),
  );
  const withChanged = knowsSnapshotsChanged(await readText('/sys/module/zfs/version'));
  // Asked of all pools, zpool would wait for a suspended one.
  const pools = wanted.length === 0 ? [] : await listPools(runner, suspended.length === 0 ? [] : wanted);
  const known = pools.filter(({ name }) => wanted.includes(name));
  const space = await listSpace(
    runner,
    known.map(({ name }) => name),
    withChanged,
  );
  const own = space.filter(({ bench }) => bench !== undefined);
  const times = await snapshotTimes(runner, own, { now, mayWrite: keeps });
  const figures: BenchFigures[] = [];
  for (const bench of benches) {
    const dataset = own.find(({ name }) => name === bench.dataset);
    const pool = known.find(({ name }) => name === bench.pool);
    if (keeps && dataset !== undefined && pool !== undefined) await remember(bench.name, dataset, pool, now);
    figures.push({
      bench,
      snapshots: times.get(bench.dataset ?? ''),
      schedule:
        configs.get(bench.name)?.schedule === undefined
          ? undefined
          : { run: await readRunRecord(bench.name) },
      offsite:
        configs.get(bench.name)?.offsite === undefined ? undefined : await readOffsiteRecord(bench.name),
      forecast: await readForecast(bench.name, now),
      copy:
        configs.get(bench.name)?.replicate === undefined
          ? undefined
          : { record: await readCopyRecord(bench.name) },
    });
  }
  return {
    benches: figures,
    pools: known,
    suspended,
    space,
    io: await readDatasetIo(known.map(({ name }) => name)),
    at: now.getTime(),
    durationMs: performance.now() - started,
  };
}

/** One more sample, and the forecast from all of them. */
async function remember(bench: string, dataset: Space, pool: PoolSummary, now: Date): Promise<void> {
  const sizes = { usedBytes: dataset.usedBytes, poolAllocatedBytes: pool.allocatedBytes };
  const { isNew, ...series } = await addSample(bench, sizes, now);
  if (isNew)
    await writeForecast(bench, predict({ ...series, referenced: [] }, limitsOf({ pool, dataset }), now));
}
