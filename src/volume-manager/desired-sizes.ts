import type { BenchConfig } from '../config/config.js';
import { formatBytes } from '../disks/disks.js';
import { UsageError } from '../errors.js';
import type { Dataset } from '../zfs/zfs.js';
import type { Backing } from './backing.js';
import type { BackingFacts } from './facts.js';
import { checkSizes, completeSizes, type Room, type Sizes } from './sizing.js';

export interface DesiredSizes extends Sizes {
  /** What the operator should know about them, one sentence each. */
  notes: string[];
}

/**
 * Quota and reservation: bench.toml's where they stand there, else computed from what the pool can hold. With
 * `backing = "auto"` they are always computed anew (SPEC section 3). Pure.
 * @throws UsageError `sizes-do-not-fit` for values of bench.toml that cannot be had, all of them at once
 */
export function resolveSizes(config: BenchConfig, facts: BackingFacts, backing: Backing): DesiredSizes {
  const wanted = config.volume.backing === 'auto' ? {} : sizesOf(config);
  const room: Room = {
    backingBytes: Math.max(backing.sizeBytes, facts.pool?.sizeBytes ?? 0),
    usableBytes: backing.usableBytes,
    othersReservedBytes: reservedByOthers(facts.pool?.datasets ?? [], config.volume),
  };
  const sizes = completeSizes(wanted, room);
  const findings = checkSizes(sizes, room);
  const refused = findings.filter((finding) => finding.refused);
  if (refused.length > 0) {
    const keys = [...new Set(refused.map(({ key }) => key))];
    throw new UsageError(
      'sizes-do-not-fit',
      `volume.dataset.${keys.join(' and ')}: ${refused.map(({ message }) => message).join('; ')}. Nothing was changed.`,
      {
        suggestions: [
          `Set a smaller ${keys.join(' and ')} in bench.toml, or remove the line to have it computed.`,
        ],
      },
    );
  }
  const computed = wanted.quotaBytes === undefined || wanted.reservationBytes === undefined;
  return {
    ...sizes,
    notes: [
      ...(computed && facts.pool === undefined ? [offer(backing)] : []),
      ...findings.map(({ key, message }) => `volume.dataset.${key}: ${message}.`),
    ],
  };
}

function sizesOf({ volume: { quotaBytes, reservationBytes } }: BenchConfig): Partial<Sizes> {
  return {
    ...(quotaBytes === undefined ? {} : { quotaBytes }),
    ...(reservationBytes === undefined ? {} : { reservationBytes }),
  };
}

/** A disk is never offered whole: better said than wondered about. */
function offer({ path, sizeBytes, usableBytes }: Backing): string {
  return (
    `Of the ${formatBytes(sizeBytes)} of ${path} ZFS offers about ${formatBytes(usableBytes)}; ` +
    'quota and reservation are computed from that.'
  );
}

/** What a pool that exists can share out to one of its benches; `datasets` are its root and all directly below. */
export function roomOf(
  pool: { name: string; sizeBytes: number },
  datasets: readonly Dataset[],
  own: { pool: string; dataset: string },
): Room {
  const root = datasets.find(({ name }) => name === pool.name);
  return {
    backingBytes: pool.sizeBytes,
    usableBytes: (root?.usedBytes ?? 0) + (root?.availableBytes ?? 0),
    othersReservedBytes: reservedByOthers(datasets, own),
  };
}

/** What belongs to other datasets: for each its reservation, or what it uses if that is more. */
export function reservedByOthers(
  datasets: readonly Dataset[],
  own: { pool: string; dataset: string },
): number {
  return datasets
    .filter(({ name }) => name !== own.pool && name !== own.dataset)
    .reduce((sum, dataset) => sum + claimed(dataset), 0);
}

function claimed(dataset: Dataset): number {
  return Math.max(dataset.reservationBytes, dataset.usedBytes);
}
