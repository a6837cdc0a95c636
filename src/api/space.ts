import type { BenchConfig } from '../config/config.js';
import { readSamples } from '../forecast/forecast.js';
import type { Runner } from '../host/exec.js';
import { listBenchSnapshots } from '../snapshot/snapshot-orchestrator.js';
import type { Status } from '../status/status.js';

/** What a picture needs: more points than it has columns tell nothing. */
const MOST_SNAPSHOTS = 400;

/** How the space of a bench has changed: samples of the last week, and how large the live data were at each snapshot. */
export async function readSpace({ name, ...config }: BenchConfig, status: Status, runner: Runner) {
  const [samples, { snapshots }] = await Promise.all([
    readSamples(name),
    listBenchSnapshots({ name, ...config }, runner),
  ]);
  const { dataset, forecast } = status;
  const live = snapshots[0]?.referencedBytes ?? dataset.usedBytes;
  return {
    bench: name,
    at: new Date().toISOString(),
    quotaBytes: dataset.quotaBytes,
    reservationBytes: dataset.reservationBytes,
    usedBytes: dataset.usedBytes,
    snapshotBytes: Math.max(0, dataset.usedBytes - live),
    availableBytes: dataset.availableBytes,
    samples: samples.used.map(({ time, bytes }, index) => ({
      at: new Date(time).toISOString(),
      usedBytes: bytes,
      poolAllocatedBytes: samples.pool[index]?.bytes ?? 0,
    })),
    snapshots: snapshots
      .slice(0, MOST_SNAPSHOTS)
      .map(({ createdAt, referencedBytes }) => ({ at: createdAt, referencedBytes }))
      .reverse(),
    forecast,
  };
}
