import type { BenchConfig } from '../config/config.js';
import { formatSize, humanSize } from '../config/size.js';
import type { Forecast } from '../forecast/forecast.js';
import { formatArgv } from '../host/exec.js';
import { checkSizes, GIB, type Room, roomOf, type Sizes } from '../volume-manager/volume-manager.js';
import type { Dataset } from '../zfs/zfs.js';
import { ageText, days } from './age.js';
import type { Evidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem, Status } from './report.js';

/** Share of the quota from which a bench is in danger: at the quota itself every write fails. */
const NEARLY_FULL = 0.9;

/** Quota and reservation that are not what bench.toml says, and a quota that is nearly used up. Pure. */
export function sizeProblems(config: BenchConfig, { pool, dataset, datasets }: Evidence): Problem[] {
  if (pool === undefined || dataset === undefined) return [];
  const room = roomOf(pool, datasets, config.volume);
  const differing = differingSizes(config, dataset, room);
  return differing.length > 0 ? differing : nearlyFull(config.name, dataset, room);
}

/** From so many days on a bench that will be full is worth a note. */
const SOON_DAYS = 7;

/** What fills up before anybody looks again, if it goes on so. Advice. Pure. */
export function growthProblems(
  { pool, dataset }: Pick<Status, 'pool' | 'dataset'>,
  forecast: Forecast | null,
  now: Date,
): Problem[] {
  if (forecast === null || forecast.fullAt === null) return [];
  const left = days(now, new Date(forecast.fullAt));
  if (left > SOON_DAYS) return [];
  const isQuota = forecast.fullAt === forecast.quotaFullAt;
  const what = isQuota ? `The quota of ${dataset.name}` : `Pool ${pool.name}`;
  const message = `${what} is full in ${ageText(left)} if it goes on growing as it does.`;
  const list = formatArgv(['zfs', 'list', '-o', 'space', '-r', isQuota ? dataset.name : pool.name]);
  return [problem('full-soon', message, list)];
}

/**
 * What bench.toml says is carried out where that is possible. Else, because more is used already or the pool has
 * shrunk, bench.toml follows what is in force.
 */
function differingSizes({ name, volume }: BenchConfig, dataset: Dataset, room: Room): Problem[] {
  // With auto bench.toml does not decide, and without a value there is nothing to compare.
  if (volume.backing === 'auto') return [];
  const wanted: Sizes = {
    quotaBytes: volume.quotaBytes ?? dataset.quotaBytes,
    reservationBytes: volume.reservationBytes ?? dataset.reservationBytes,
  };
  const cannotBe = isImpossible(wanted, dataset, room);
  const target = cannotBe
    ? { ...dataset, quotaBytes: dataset.quotaBytes || largerQuota(dataset, room) }
    : wanted;
  const keys = (['quota', 'reservation'] as const).filter(
    (key) => wanted[`${key}Bytes`] !== dataset[`${key}Bytes`],
  );
  const options = keys.flatMap((key) => [`--${key}`, formatSize(target[`${key}Bytes`] || 1)]);
  const fix = formatArgv(['bench', 'volume', 'set', ...options, '-b', name]);
  return keys.map((key) => {
    const [is, should] = [dataset[`${key}Bytes`], wanted[`${key}Bytes`]];
    const message =
      `The ${key} in force is ${sizeText(is)}, bench.toml says ${sizeText(should)}` +
      `${cannotBe ? ', which cannot be' : ''}.`;
    return key === 'quota'
      ? problem('quota-differs', message, fix)
      : problem('reservation-differs', message, fix);
  });
}

/** What `bench volume set` would refuse. */
function isImpossible(wanted: Sizes, { usedBytes }: Dataset, room: Room): boolean {
  const { quotaBytes } = wanted;
  if (quotaBytes !== 0 && quotaBytes < usedBytes) return true;
  const limits = { ...wanted, quotaBytes: quotaBytes === 0 ? room.usableBytes : quotaBytes };
  return checkSizes(limits, room).some(({ refused }) => refused);
}

/** A quarter above what is used, as far as the pool has that for this bench. */
function largerQuota({ usedBytes }: Dataset, room: Room): number {
  const most = Math.floor((room.usableBytes - room.othersReservedBytes) / GIB) * GIB;
  return Math.min(Math.ceil((usedBytes * 1.25) / GIB) * GIB, most);
}

function nearlyFull(bench: string, dataset: Dataset, room: Room): Problem[] {
  const { name, usedBytes, quotaBytes } = dataset;
  if (quotaBytes === 0 || usedBytes <= quotaBytes * NEARLY_FULL) return [];
  const percent = Math.floor((usedBytes / quotaBytes) * 100);
  const message = `${percent} % of the quota of ${humanSize(quotaBytes)} are used: at 100 % every write fails and MariaDB ends.`;
  const larger = largerQuota(dataset, room);
  const helps = larger > quotaBytes && usedBytes <= larger * NEARLY_FULL;
  const fix = helps
    ? ['bench', 'volume', 'set', '--quota', formatSize(larger), '-b', bench]
    : ['zfs', 'list', '-o', 'space', '-t', 'all', '-r', name];
  return [
    problem(
      'quota-nearly-full',
      helps ? message : `${message} Destroy snapshots, or add a disk.`,
      formatArgv(fix),
    ),
  ];
}

/** To the byte: two sizes that differ must not read the same. */
function sizeText(bytes: number): string {
  return bytes === 0 ? 'none' : formatSize(bytes);
}
