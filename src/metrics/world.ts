import type { ListedBench } from '../bench/bench.js';
import type { Forecast } from '../forecast/forecast.js';
import type { OffsiteRecord } from '../offsite/offsite.js';
import type { CopyRecord } from '../replicate/replicate.js';
import type { RunRecord } from '../schedule/schedule.js';
import type { DatasetIo, PoolSummary, SnapshotTimes, Space } from '../zfs/zfs.js';

/** What is known of one bench. */
export interface BenchFigures {
  bench: ListedBench;
  snapshots: SnapshotTimes | undefined;
  /** Undefined where no snapshots take themselves. */
  schedule: { run: RunRecord | undefined } | undefined;
  /** Undefined where nothing is copied off-site. */
  offsite: OffsiteRecord | undefined;
  forecast: Forecast | undefined;
  /** Undefined where no copy goes to another host. */
  copy: { record: CopyRecord | undefined } | undefined;
}

/** Everything that a scrape tells. */
export interface World {
  benches: readonly BenchFigures[];
  pools: readonly PoolSummary[];
  /** Pools that nothing is asked of: it would be waited for without end. */
  suspended: readonly string[];
  space: readonly Space[];
  io: readonly DatasetIo[];
  /** Milliseconds since 1970: when this was looked at, and for how long. */
  at: number;
  durationMs: number;
}
