import type { BenchList, ListedBench } from '../bench/bench.js';
import { readForecast } from './samples.js';

/** One line of `bench list`, with when its quota or its pool is full if it goes on so. */
export type ForecastBench = ListedBench & {
  /** ISO 8601, UTC; null where that is unknown, or never. */
  fullAt: string | null;
};

/** Adds what was found out last; nothing is computed, and no process is started. */
export async function withForecasts({ benches }: BenchList): Promise<{ benches: ForecastBench[] }> {
  const now = new Date();
  return {
    benches: await Promise.all(
      benches.map(async (bench) => ({
        ...bench,
        fullAt: (await readForecast(bench.name, now))?.fullAt ?? null,
      })),
    ),
  };
}
