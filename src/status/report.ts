import type { CloneJson } from '../bench/bench.js';
import type { Forecast } from '../forecast/forecast.js';
import type { ScheduleStatus } from '../schedule/schedule.js';

/** One thing that is wrong, with the command that mends it. */
export interface Problem {
  code: string;
  message: string;
  fix: string;
}

/** What `bench volume status --json` prints: bytes as integers, times ISO 8601 UTC (SPEC section 5). */
export interface Status {
  pool: {
    name: string;
    health: string;
    sizeBytes: number;
    allocatedBytes: number;
    freeBytes: number;
    backing: { kind: 'device' | 'image' | 'auto'; path: string | null };
  };
  dataset: {
    name: string;
    mountpoint: string;
    mounted: boolean;
    usedBytes: number;
    availableBytes: number;
    quotaBytes: number;
    reservationBytes: number;
  };
  binds: { source: string; target: string; mounted: boolean; inFstab: boolean }[];
  mariadb: { instance: string; unit: string; active: boolean; version: string | null; socket: string };
  snapshots: { count: number; latest: { tag: string; createdAt: string } | null };
  /** Of a bench that `bench clone` has made. */
  clone: CloneJson | null;
  /** What shares blocks with its snapshots: benches by name, a template as `template NAME`. */
  clones: string[];
  /** Null where no snapshots take themselves. */
  schedule: ScheduleStatus | null;
  /** Null where there is nothing to be full. */
  forecast: Forecast | null;
  problems: Problem[];
}

/** The health that is shown for a pool which is not imported. */
export const MISSING = 'MISSING';
