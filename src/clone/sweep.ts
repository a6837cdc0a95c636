import {
  configFromRecord,
  type HostRecord,
  layoutOf,
  openBench,
  readDropNotes,
  readHostRecord,
  readRecords,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, BusyError, RefusedError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { HOST_LOCK } from '../host/paths.js';
import { unitStates } from '../host/systemd.js';
import { lazyConnect, MariaDbError, stateOf } from '../mariadb/mariadb.js';
import { withoutNothingChanged } from '../printable.js';
import { applySteps, type OnStep } from '../steps/steps.js';
import { inspectTimer, planNoTimer } from '../timers/timers.js';
import { type Dataset, listBenchDatasets, listPools } from '../zfs/zfs.js';
import { isOver } from './lifetime.js';
import { CLONES_TIMER } from './timer.js';

/** What `bench clone sweep` prints. */
export interface Swept {
  /** Benches that are gone. */
  dropped: string[];
  /** Clones whose time is over, and that stay for now. */
  kept: { bench: string; reason: string }[];
}

export interface SweepOptions {
  runner: Runner;
  /** At most so many a run: a mistake in a clock must not take everything away at once. */
  most: number;
  onEvent: OnStep;
  /**
   * `bench drop` of one bench with its storage, without asking.
   * @param recheck asked under its lock, before anything is changed; of a bench whose drop was cut off, without a dataset
   */
  drop: (bench: string, recheck: (dataset: Dataset | undefined) => Promise<void>) => Promise<unknown>;
  /** In the place of `drop`, where nothing is to be changed: throws what that would. */
  preview?: ((bench: string) => Promise<unknown>) | undefined;
}

/**
 * Drops clones whose time is over, those first that should have gone first; never one that is protected or that somebody
 * uses. One that cannot be dropped does not keep the others. What an earlier sweep has begun is finished. With the last
 * clone that has an end the timer goes, too.
 * @throws VolumeError `sweep-failed` in the end, where a drop has failed
 */
export async function sweepClones(options: SweepOptions): Promise<Swept> {
  const { runner, most, onEvent, drop, preview } = options;
  const swept: Swept = { dropped: [], kept: [] };
  const failed: string[] = [];
  for (const bench of await benchesToDrop(runner)) {
    if (swept.dropped.length + failed.length >= most) {
      swept.kept.push({ bench, reason: `only ${most} are dropped by one run` });
      continue;
    }
    try {
      const recheck = (dataset: Dataset | undefined) => refuseWanted(bench, dataset, runner);
      if (preview === undefined) await drop(bench, recheck);
      else {
        await preview(bench);
        await recheck((await clonesOf(runner)).find((each) => each.bench === bench));
      }
      swept.dropped.push(bench);
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      if (error instanceof RefusedError || error instanceof BusyError)
        swept.kept.push({ bench, reason: withoutNothingChanged(error.message) });
      else failed.push(`${bench}: ${error.message}`);
    }
  }
  if (preview === undefined) await endTimer(runner, onEvent);
  if (failed.length > 0) {
    throw new VolumeError('sweep-failed', `Clones could not be dropped: ${failed.join('; ')}`, {
      suggestions: ['bench list', 'Run bench drop for one of them to see more.'],
    });
  }
  return swept;
}

/** What was begun comes first. */
async function benchesToDrop(runner: Runner): Promise<string[]> {
  const begun = (await readDropNotes()).filter(({ unattended }) => unattended).map(({ bench }) => bench);
  const over = (await clonesOf(runner)).filter((dataset) => isOver(dataset, new Date())).sort(byEnd);
  return [...new Set([...begun, ...over.flatMap(({ bench }) => bench ?? [])])];
}

async function clonesOf(runner: Runner): Promise<Dataset[]> {
  return (await lookForClones(runner)).clones;
}

/** What can be seen of the clones, and of where they could lie. */
interface Sight {
  clones: Dataset[];
  /** Every dataset that could be one. */
  datasets: string[];
  hasSuspended: boolean;
}

async function lookForClones(runner: Runner): Promise<Sight> {
  const all = await listPools(runner);
  const pools = all.filter(({ health }) => health !== 'SUSPENDED').map(({ name }) => name);
  const datasets = pools.length === 0 ? [] : await listBenchDatasets(runner, pools);
  return {
    // What a restore has set aside is no clone, though it has its marks.
    clones: datasets.filter(
      ({ bench, clone, name }) => bench !== undefined && clone !== undefined && !name.includes('/_'),
    ),
    datasets: datasets.map(({ name }) => name),
    hasSuspended: pools.length < all.length,
  };
}

function byEnd(one: Dataset, other: Dataset): number {
  return (one.clone?.expiresAt?.getTime() ?? 0) - (other.clone?.expiresAt?.getTime() ?? 0);
}

/**
 * Somebody may have given it more time, or begun to use it, since it was looked at.
 * @throws RefusedError `clone-not-over`, `clone-in-use`
 */
async function refuseWanted(bench: string, dataset: Dataset | undefined, runner: Runner): Promise<void> {
  if (dataset === undefined) return;
  if (!isOver(dataset, new Date())) {
    throw new RefusedError(
      'clone-not-over',
      'It got more time, or was protected, just now. Nothing was changed.',
    );
  }
  const config = await configOf(bench);
  if (config === undefined) return;
  const [unit] = await unitStates(runner, [layoutOf(config).unit]);
  if (unit !== undefined && stateOf(unit) === 'running') await refuseConnected(config);
}

/** One that was cut off while it was made has no record, and serves nobody. A bench.toml with a mistake in it serves on. */
async function configOf(bench: string): Promise<BenchConfig | undefined> {
  try {
    return await openBench({ bench, guess: false });
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    const record = await readHostRecord(bench);
    return record === undefined ? undefined : configFromRecord(record);
  }
}

const TIMEOUT_MS = 10_000;

async function refuseConnected({ name, mariadb }: BenchConfig): Promise<void> {
  const inUse = (why: string, cause?: unknown) =>
    new RefusedError('clone-in-use', `${why} Nothing was changed.`, { cause });
  try {
    const session = await lazyConnect({ socketPath: mariadb.socketPath, timeoutMs: TIMEOUT_MS });
    try {
      const others = await session.query<{ user: string; host: string }>(
        `SELECT USER AS user, HOST AS host FROM information_schema.PROCESSLIST
         WHERE ID <> CONNECTION_ID() AND USER NOT IN ('system user', 'event_scheduler')`,
      );
      const [first] = others;
      if (first === undefined) return;
      throw inUse(`Somebody is connected to ${name}: ${first.user} from ${first.host}.`);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof MariaDbError)) throw error;
    throw inUse(`MariaDB of ${name} cannot be asked who is connected: ${error.message}`, error);
  }
}

/**
 * Whether a clone has an end, or may have one: a clone that cannot be seen now, its pool not imported or suspended, comes
 * back as it was, and nothing else would bring the timer back.
 * @param records of every bench of the host
 */
export async function mayHaveEnd(
  runner: Runner,
  records: Iterable<Pick<HostRecord, 'dataset' | 'clone'>>,
): Promise<boolean> {
  const { clones, datasets, hasSuspended } = await lookForClones(runner);
  if (hasSuspended || clones.some(({ clone }) => clone?.expiresAt !== undefined)) return true;
  return [...records].some(({ dataset, clone }) => clone !== undefined && !datasets.includes(dataset));
}

async function endTimer(host: Runner, onEvent: OnStep): Promise<void> {
  // Under the lock: a clone with an end may just be coming into being.
  const lock = { path: HOST_LOCK, timeoutMs: TIMEOUT_MS, purpose: 'bench clone sweep' };
  const end = withLock(lock, async (held) => {
    const runner = holding(host, held);
    if (await mayHaveEnd(runner, (await readRecords()).values())) return;
    if ((await readDropNotes()).some(({ unattended }) => unattended)) return;
    await applySteps(planNoTimer(CLONES_TIMER, await inspectTimer(CLONES_TIMER, runner)), runner, onEvent);
  });
  await end.catch((error: unknown) => {
    // The next run does it.
    if (!(error instanceof BusyError)) throw error;
  });
}
