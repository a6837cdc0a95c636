import { aloneOn, refuseUnfinishedRestore, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { formatSize, humanSize } from '../config/size.js';
import { RefusedError, UsageError, VolumeError } from '../errors.js';
import { type Command, CommandError, type Runner } from '../host/exec.js';
import { type Dataset, listDatasets, listPools, poolOf, setProperties } from '../zfs/zfs.js';
import { roomOf } from './desired-sizes.js';
import { checkSizes, type Room, type Sizes } from './sizing.js';

/** What `bench volume set --json` prints; sizes in bytes, 0 for none. */
export interface SetResult {
  dataset: string;
  quotaBytes: number;
  reservationBytes: number;
  usedBytes: number;
  /** False where everything was so already. */
  changed: boolean;
  /** What the operator should know about the sizes, a sentence each. */
  notes: string[];
}

/** What is to be carried out. */
export interface SizesPlan extends Sizes {
  config: { key: string; value: string }[];
  /** In this order, each with the command that takes it back. */
  zfs: { apply: Command; revert: Command }[];
  /** How many of these come before bench.toml. */
  ahead: number;
  notes: string[];
}

/** From here on a quota gets a note: at the quota itself every write fails. */
const NEARLY_FULL = 0.9;

/** A dataset with less than this may have no room for a new bench.toml, which lies on it. */
const ROOM_FOR_CONFIG_BYTES = 1024 ** 2;

/**
 * What changes quota and reservation of a dataset in use. Pure.
 * ZFS takes no reservation above the quota (zfsprops(7)), so a larger quota comes before and a smaller one after. In a
 * dataset that is full a larger quota comes before bench.toml, too, which could not be written otherwise.
 * @throws RefusedError `quota-below-used`; UsageError `sizes-do-not-fit`
 */
export function planSizes(dataset: Dataset, wanted: Partial<Sizes>, room: Room): SizesPlan {
  const sizes: Sizes = {
    quotaBytes: wanted.quotaBytes ?? dataset.quotaBytes,
    reservationBytes: wanted.reservationBytes ?? dataset.reservationBytes,
  };
  refuseBelowUse(dataset, wanted.quotaBytes);
  // Without a quota the pool is the limit.
  const limits = { ...sizes, quotaBytes: sizes.quotaBytes === 0 ? room.usableBytes : sizes.quotaBytes };
  const findings = checkSizes(limits, room);
  const refused = findings.filter((finding) => finding.refused);
  if (refused.length > 0) {
    const why = refused.map(({ message }) => message).join('; ');
    throw new UsageError('sizes-do-not-fit', `${dataset.name}: ${why}. Nothing was changed.`, {
      suggestions: [`zfs list -o name,used,avail,quota,reservation -r ${poolOf(dataset.name)}`],
    });
  }
  const change = (key: 'quota' | 'reservation', from: number, to: number) => ({
    apply: setProperties(dataset.name, { [key]: formatSize(to) }),
    revert: setProperties(dataset.name, { [key]: from === 0 ? 'none' : formatSize(from) }),
    differs: from !== to,
  });
  const quota = change('quota', dataset.quotaBytes, sizes.quotaBytes);
  const reservation = change('reservation', dataset.reservationBytes, sizes.reservationBytes);
  const grows = sizes.quotaBytes === 0 || sizes.quotaBytes > dataset.quotaBytes;
  const isFull = dataset.availableBytes < ROOM_FOR_CONFIG_BYTES;
  return {
    ...sizes,
    config: Object.entries(wanted).map(([key, bytes]) => ({
      key: `volume.dataset.${key === 'quotaBytes' ? 'quota' : 'reservation'}`,
      value: formatSize(bytes),
    })),
    zfs: (grows ? [quota, reservation] : [reservation, quota]).filter(({ differs }) => differs),
    ahead: grows && quota.differs && isFull ? 1 : 0,
    notes: [...findings.map(({ message }) => `${message}.`), ...nearlyFull(dataset, sizes.quotaBytes)],
  };
}

/** At its quota a dataset takes no write, and MariaDB ends on the first that fails. */
function refuseBelowUse({ name, usedBytes }: Dataset, quotaBytes: number | undefined): void {
  if (quotaBytes === undefined || quotaBytes >= usedBytes) return;
  throw belowUse(name, `${humanSize(usedBytes)} are used`, quotaBytes);
}

function belowUse(dataset: string, why: string, quotaBytes: number): RefusedError {
  return new RefusedError(
    'quota-below-used',
    `${dataset} cannot have a quota of ${humanSize(quotaBytes)}: ${why}. Every write would fail. Nothing was changed.`,
    {
      suggestions: [
        'Choose a larger quota, or free space first: snapshots count as well.',
        `zfs list -o space -r ${dataset}`,
      ],
    },
  );
}

function nearlyFull({ usedBytes }: Dataset, quotaBytes: number): string[] {
  if (quotaBytes === 0 || usedBytes <= quotaBytes * NEARLY_FULL) return [];
  const percent = Math.floor((usedBytes / quotaBytes) * 100);
  return [`${percent} % of the quota are used already; when it is full, every write fails.`];
}

/**
 * Changes quota and reservation while the bench runs (SPEC section 8): bench.toml first, then ZFS, but in a dataset that
 * is full; where one of them refuses, what was changed before is put back. Killed in between, `bench init` carries out
 * what bench.toml says.
 * @throws RefusedError `quota-below-used`, `restore-unfinished`; UsageError `sizes-do-not-fit`, `backing-undecided`,
 *   `config-invalid`; VolumeError `sizes-not-set`; BusyError `busy`
 */
export function setSizes(config: BenchConfig, host: Runner, wanted: Partial<Sizes>): Promise<SetResult> {
  refuseUndecided(config);
  return aloneOn(config, host, 'bench volume set', async (runner) => {
    await refuseUnfinishedRestore(config.name);
    const dataset = await requireOwnDataset(config, runner);
    const plan = planSizes(dataset, wanted, await roomFor(config, runner));
    const changed = await carryOut(plan, dataset, runner, config.file);
    return {
      dataset: dataset.name,
      quotaBytes: plan.quotaBytes,
      reservationBytes: plan.reservationBytes,
      usedBytes: dataset.usedBytes,
      changed,
      notes: plan.notes,
    };
  });
}

/**
 * Whether that could be done now, and what it would come to. Changes nothing.
 * @throws as {@link setSizes}, but for what only the change itself can find
 */
export async function previewSizes(
  config: BenchConfig,
  runner: Runner,
  wanted: Partial<Sizes>,
): Promise<SizesPlan> {
  refuseUndecided(config);
  await refuseUnfinishedRestore(config.name);
  return planSizes(await requireOwnDataset(config, runner), wanted, await roomFor(config, runner));
}

/** With `auto` the next init would compute both anew and take this back. */
function refuseUndecided({ name, volume }: BenchConfig): void {
  if (volume.backing !== 'auto') return;
  throw new UsageError(
    'backing-undecided',
    'With volume.backing = "auto" bench init computes quota and reservation. Nothing was changed.',
    { suggestions: [`Run bench init -b ${name} first: it writes down what it has found.`] },
  );
}

async function roomFor({ volume }: BenchConfig, runner: Runner): Promise<Room> {
  const pool = (await listPools(runner)).find(({ name }) => name === volume.pool);
  const datasets = await listDatasets(runner, volume.pool);
  return roomOf(pool ?? { name: volume.pool, sizeBytes: 0 }, datasets, volume);
}

/** All or nothing; whether anything was changed. */
async function carryOut(plan: SizesPlan, dataset: Dataset, runner: Runner, file: string): Promise<boolean> {
  const undo: (() => Promise<unknown>)[] = [];
  const set = async (changes: SizesPlan['zfs']) => {
    for (const { apply, revert } of changes) {
      await runner.run(apply);
      undo.unshift(() => runner.run(revert));
    }
  };
  try {
    await set(plan.zfs.slice(0, plan.ahead));
    // It is large: loaded where something is written.
    const { editConfig } = await import('../config/edit.js');
    const edited = await editConfig(file, plan.config);
    undo.unshift(() => editConfig(file, edited.previous));
    await set(plan.zfs.slice(plan.ahead));
    return edited.changed || plan.zfs.length > 0;
  } catch (error) {
    const stuck = await putBack(undo);
    throw stuck === undefined ? explain(error, dataset.name, plan) : halfSet(dataset.name, error, stuck);
  }
}

/** As much as can be; the first failure of it, if any. */
async function putBack(undo: readonly (() => Promise<unknown>)[]): Promise<unknown> {
  const results = [];
  for (const back of undo) results.push(...(await Promise.allSettled([back()])));
  return results.find((result) => result.status === 'rejected')?.reason;
}

function halfSet(dataset: string, error: unknown, stuck: unknown): VolumeError {
  const [reason, obstacle] = [error, stuck].map((each) => (each instanceof Error ? each.message : each));
  return new VolumeError(
    'sizes-half-set',
    `${dataset}: ${reason} Putting back what was set before failed as well: ${obstacle} ` +
      'bench.toml and ZFS may differ.',
    { suggestions: ['zpool status', `zfs get quota,reservation ${dataset}`], cause: error },
  );
}

/** ZFS compares once more, in the same transaction that sets it: what was written meanwhile is never cut off. */
function explain(error: unknown, dataset: string, { quotaBytes }: SizesPlan): unknown {
  if (!(error instanceof CommandError)) return error;
  const { stderr, argv } = error.result;
  // The lock for bench.toml is a command as well.
  if (!argv.includes('zfs')) return error;
  if (/size is less than current used or reserved space/.test(stderr))
    return belowUse(dataset, 'more than that has been written meanwhile', quotaBytes);
  return new VolumeError(
    'sizes-not-set',
    `${dataset} keeps its quota and reservation, and bench.toml is as it was: ZFS refused the change.`,
    { command: argv, stderr, suggestions: ['zpool status', 'zpool list'], cause: error },
  );
}
