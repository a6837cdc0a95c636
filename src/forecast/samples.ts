import { join } from 'node:path';
import * as z from 'zod/mini';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';
import type { Forecast } from './predict.js';
import type { Point } from './slope.js';

/**
 * Sizes of a bench over the last week, outside of its dataset. Loss does no harm: a day later there is a forecast again.
 */
const Samples = z.object({
  version: z.literal(1),
  /** Seconds since 1970, bytes of the dataset with its snapshots, bytes allocated in the pool; oldest first. */
  samples: z.array(z.tuple([z.number(), z.number(), z.number()])),
});

type Sample = [number, number, number];

const WEEK_SECONDS = 7 * 24 * 60 * 60;
/** Between two samples: a week of them is read at once. */
const INTERVAL_SECONDS = 30 * 60;

export interface Series {
  used: Point[];
  pool: Point[];
}

function samplesPath(bench: string): string {
  return join(stateDir(bench), 'samples.json');
}

/** Empty where there are none, or where they cannot be read. */
export async function readSamples(bench: string): Promise<Series> {
  return seriesOf(await readAll(bench));
}

/**
 * Adds how large things are now, unless the last sample is younger than half an hour. Only one process at a time may do
 * so for a bench.
 * @returns all of the last week, and whether that one is among them
 */
export async function addSample(
  bench: string,
  sizes: { usedBytes: number; poolAllocatedBytes: number },
  now: Date,
): Promise<Series & { isNew: boolean }> {
  const seconds = Math.floor(now.getTime() / 1000);
  const before = await readAll(bench);
  const all = withSample(before, [seconds, sizes.usedBytes, sizes.poolAllocatedBytes]);
  if (all !== before)
    await replaceFile(samplesPath(bench), `${JSON.stringify({ version: 1, samples: all })}\n`);
  return { ...seriesOf(all), isNew: all !== before };
}

/** What a clock that was ahead has written goes with what is too old. The same list where nothing is to be added. Pure. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const [now] = sample;
  const recent = samples.filter(([time]) => time <= now && time > now - WEEK_SECONDS);
  const last = recent.at(-1);
  if (last !== undefined && now - last[0] < INTERVAL_SECONDS && recent.length === samples.length)
    return samples;
  return last !== undefined && now - last[0] < INTERVAL_SECONDS ? recent : [...recent, sample];
}

async function readAll(bench: string): Promise<readonly Sample[]> {
  const text = await readText(samplesPath(bench));
  if (text === undefined) return [];
  try {
    return Samples.parse(JSON.parse(text)).samples;
  } catch {
    return [];
  }
}

function seriesOf(samples: readonly Sample[]): Series {
  const series = (index: 1 | 2) =>
    samples.map((sample) => ({ time: sample[0] * 1000, bytes: sample[index] }));
  return { used: series(1), pool: series(2) };
}

/** A forecast that is older than this is none; where snapshots are all there is, a new one comes with each of them. */
const FRESH_MS = 36 * 60 * 60_000;

function forecastPath(bench: string): string {
  return join(stateDir(bench), 'forecast.json');
}

/** So that whoever lists many benches has to compute nothing. */
export function writeForecast(bench: string, forecast: Forecast): Promise<void> {
  return replaceFile(forecastPath(bench), json({ version: 1, ...forecast }));
}

/** The last forecast; undefined where there is none, or where it is too old or from the future. */
export async function readForecast(bench: string, now: Date): Promise<Forecast | undefined> {
  const text = await readText(forecastPath(bench));
  if (text === undefined) return undefined;
  try {
    const { version, ...forecast } = JSON.parse(text) as Forecast & { version: number };
    const ageMs = now.getTime() - Date.parse(forecast.at);
    return version === 1 && ageMs >= 0 && ageMs < FRESH_MS ? forecast : undefined;
  } catch {
    return undefined;
  }
}
