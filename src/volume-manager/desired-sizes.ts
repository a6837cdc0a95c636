import type { BenchConfig } from '../config/config.js';
import { formatSize, humanSize } from '../config/size.js';
import { UsageError } from '../errors.js';
import type { Backing } from './backing.js';
import type { Facts } from './inspect.js';
import { defaultSizes } from './sizing.js';
import type { Dataset } from './zfs.js';

export interface DesiredSizes {
  quotaBytes: number;
  reservationBytes: number;
  /** What the operator should know about them, one sentence each. */
  notes: string[];
}

/**
 * Quota and reservation: bench.toml's where they stand there, else computed from what the pool can hold. With
 * `backing = "auto"` they are always computed anew (SPEC section 3). Pure.
 * @throws UsageError `sizes-do-not-fit` for values of bench.toml that the real backing cannot hold
 */
export function resolveSizes(config: BenchConfig, facts: Facts, backing: Backing): DesiredSizes {
  const { volume } = config;
  const othersReservedBytes = reservedByOthers(facts, volume.pool);
  const auto = volume.backing === 'auto';
  const defaults =
    auto || volume.quotaBytes === undefined || volume.reservationBytes === undefined
      ? defaultSizes({ usableBytes: backing.usableBytes, othersReservedBytes })
      : undefined;
  const quotaBytes = (auto ? undefined : volume.quotaBytes) ?? defaults?.quotaBytes ?? 0;
  const reservationBytes = Math.min(
    (auto ? undefined : volume.reservationBytes) ?? defaults?.reservationBytes ?? 0,
    // A default never contradicts what the operator set.
    quotaBytes,
  );
  const backingBytes = Math.max(backing.sizeBytes, facts.pool?.sizeBytes ?? 0);
  if (quotaBytes > backingBytes) {
    throw unfit(
      'quota',
      `${formatSize(quotaBytes)} is above the size of ${backing.path} (${humanSize(backingBytes)})`,
    );
  }
  const free = backing.usableBytes - othersReservedBytes;
  if (reservationBytes > free) {
    throw unfit(
      'reservation',
      `${formatSize(reservationBytes)} cannot be guaranteed: pool ${volume.pool} has ${humanSize(Math.max(0, free))} left`,
    );
  }
  const notes =
    quotaBytes > backing.usableBytes
      ? [
          `The quota ${humanSize(quotaBytes)} is more than pool ${volume.pool} can hold ` +
            `(${humanSize(backing.usableBytes)}): ZFS keeps the rest for labels and its own reserve.`,
        ]
      : [];
  return { quotaBytes, reservationBytes, notes };
}

/** What belongs to other datasets: for each its reservation, or what it uses if that is more. */
function reservedByOthers(facts: Facts, pool: string): number {
  const others =
    facts.pool?.datasets.filter(({ name }) => name !== pool && name !== facts.layout.dataset) ?? [];
  return others.reduce((sum, dataset) => sum + claimed(dataset), 0);
}

function claimed(dataset: Dataset): number {
  return Math.max(dataset.reservationBytes, dataset.usedBytes);
}

function unfit(key: string, why: string): UsageError {
  return new UsageError('sizes-do-not-fit', `volume.dataset.${key}: ${why}. Nothing was changed.`, {
    suggestions: [`Set a smaller ${key} in bench.toml, or remove the line to have it computed.`],
  });
}
