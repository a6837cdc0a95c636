import type { Dataset, PoolSummary, Snapshot } from '../zfs/zfs.js';
import { type Forecast, type Limits, predict } from './predict.js';
import { readForecast, readSamples, writeForecast } from './samples.js';

/** What is seen of a bench at a moment. */
export interface Sight {
  pool: Pick<PoolSummary, 'sizeBytes' | 'allocatedBytes'>;
  dataset: Pick<Dataset, 'usedBytes' | 'quotaBytes' | 'reservationBytes'>;
  snapshots: readonly Pick<Snapshot, 'createdAt' | 'referencedBytes'>[];
}

/** The last forecast that is still good, else a new one from the samples there are and the snapshots. No process. */
export async function forecastOf(bench: string, sight: Sight, now: Date): Promise<Forecast> {
  const last = await readForecast(bench, now);
  if (last !== undefined && last.basis === 'samples') return last;
  const series = await readSamples(bench);
  return predict({ ...series, referenced: referencedOf(sight) }, limitsOf(sight), now);
}

/** Where nobody takes samples: the forecast is written down for whoever only lists benches. */
export async function refreshForecast(bench: string, sight: Sight, now: Date): Promise<void> {
  if ((await readForecast(bench, now))?.basis === 'samples') return;
  await writeForecast(bench, await forecastOf(bench, sight, now));
}

export function limitsOf({ pool, dataset }: Pick<Sight, 'pool' | 'dataset'>): Limits {
  return {
    usedBytes: dataset.usedBytes,
    quotaBytes: dataset.quotaBytes,
    reservationBytes: dataset.reservationBytes,
    poolAllocatedBytes: pool.allocatedBytes,
    poolSizeBytes: pool.sizeBytes,
  };
}

function referencedOf({ snapshots }: Pick<Sight, 'snapshots'>) {
  return snapshots.map(({ createdAt, referencedBytes }) => ({
    time: createdAt.getTime(),
    bytes: referencedBytes,
  }));
}
