import { type Point, theilSen, thinned } from './slope.js';

/** What is known of the sizes of a bench and of its pool, oldest first or not. */
export interface History {
  /** Of the dataset with its snapshots, by samples. */
  used: readonly Point[];
  /** Of the data alone, as each snapshot holds it: what there is where nobody takes samples. */
  referenced: readonly Point[];
  /** Allocated in the pool, by samples. */
  pool: readonly Point[];
}

/** Where things are now, in bytes; 0 for no quota and no reservation. */
export interface Limits {
  usedBytes: number;
  quotaBytes: number;
  reservationBytes: number;
  poolAllocatedBytes: number;
  poolSizeBytes: number;
}

/** How a bench grows, and when something is full if it goes on so. Times ISO 8601, UTC. */
export interface Forecast {
  /** When this was found out. */
  at: string;
  /** `unknown`: there is too little to say; `not-growing`: what there is says that nothing fills up. */
  state: 'unknown' | 'not-growing' | 'growing';
  /** What it is from: sizes with snapshots, or what snapshots hold of the data alone. */
  basis: 'samples' | 'snapshots' | null;
  /** A day; null while it is unknown. */
  growthBytesPerDay: number | null;
  /** Of the pool with all that is in it. */
  poolGrowthBytesPerDay: number | null;
  /** When the quota is used up; null where that is unknown, never, or later than in ten years. So for the next two. */
  quotaFullAt: string | null;
  /** When the bench uses all of what is guaranteed to it, and needs what others might take. */
  reservationFullAt: string | null;
  poolFullAt: string | null;
  /** The first of quota and pool: from then on every write fails. */
  fullAt: string | null;
}

const DAY_MS = 24 * 60 * 60_000;
/** Below a day nothing tells the growth from the course of a day. */
const SHORTEST_MS = DAY_MS;
/** Older sizes say little of what comes next. */
const SAMPLES_MS = 7 * DAY_MS;
/** Snapshots lie further apart. */
const SNAPSHOTS_MS = 30 * DAY_MS;
const FEWEST_POINTS = 4;
/** Of a week one an hour. */
const MOST_POINTS = 168;
const FAR_MS = 3650 * DAY_MS;

/** Pure. */
export function predict(history: History, limits: Limits, now: Date): Forecast {
  const sampled = growth(history.used, SAMPLES_MS, now);
  const own = sampled ?? growth(history.referenced, SNAPSHOTS_MS, now);
  const pool = growth(history.pool, SAMPLES_MS, now);
  const when = (left: number, slope: number | undefined) => momentOf(left, slope, now);
  const { usedBytes, quotaBytes, reservationBytes } = limits;
  const quotaFullAt = quotaBytes === 0 ? null : when(quotaBytes - usedBytes, own);
  const poolLeft = usableBytes(limits.poolSizeBytes) - limits.poolAllocatedBytes;
  // A pool grows at least as its bench does, as far as anybody knows.
  const poolFullAt = limits.poolSizeBytes === 0 ? null : when(poolLeft, pool ?? own);
  const known = own !== undefined || pool !== undefined;
  const isGrowing = (own ?? 0) > 0 || (pool ?? 0) > 0;
  return {
    at: now.toISOString(),
    state: !known ? 'unknown' : isGrowing ? 'growing' : 'not-growing',
    basis: sampled !== undefined ? 'samples' : own !== undefined ? 'snapshots' : null,
    growthBytesPerDay: perDay(own),
    poolGrowthBytesPerDay: perDay(pool),
    quotaFullAt,
    reservationFullAt: reservationBytes === 0 ? null : when(reservationBytes - usedBytes, own),
    poolFullAt,
    fullAt: [quotaFullAt, poolFullAt].filter((time) => time !== null).sort()[0] ?? null,
  };
}

/** Bytes per millisecond; undefined where the series is too short to say. What a wrong clock has written is left out. */
function growth(series: readonly Point[], windowMs: number, now: Date): number | undefined {
  const recent = series.filter(({ time }) => time <= now.getTime() && time > now.getTime() - windowMs);
  const times = recent.map(({ time }) => time);
  if (recent.length < FEWEST_POINTS || Math.max(...times) - Math.min(...times) < SHORTEST_MS)
    return undefined;
  return theilSen(thinned(recent, MOST_POINTS));
}

/** Now, where nothing is left. */
function momentOf(left: number, slope: number | undefined, now: Date): string | null {
  if (slope === undefined) return null;
  if (left <= 0) return now.toISOString();
  const ms = left / slope;
  return slope <= 0 || ms > FAR_MS ? null : new Date(now.getTime() + ms).toISOString();
}

function perDay(slope: number | undefined): number | null {
  return slope === undefined ? null : Math.round(slope * DAY_MS);
}

const MIB = 1024 ** 2;

/** ZFS keeps 1/32 of a pool for itself, at least 128 MiB and at most 128 GiB (zfs(4), `spa_slop_shift`). */
export function usableBytes(poolSizeBytes: number): number {
  const slop = Math.min(Math.max(poolSizeBytes / 32, 128 * MIB), 128 * 1024 * MIB);
  return poolSizeBytes - Math.min(slop, poolSizeBytes / 2);
}
