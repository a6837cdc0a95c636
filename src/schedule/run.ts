import { join } from 'node:path';
import { refuseUnread } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, UsageError } from '../errors.js';
import { refreshForecast } from '../forecast/forecast.js';
import type { Runner } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { stateDir } from '../host/paths.js';
import { resetFailed } from '../host/systemd.js';
import { type SnapshotResult, takeSnapshot } from '../snapshot/snapshot-orchestrator.js';
import { elapses } from '../timers/timers.js';
import { findDataset, listPools, listSnapshots } from '../zfs/zfs.js';
import { type PruneResult, prune } from './prune.js';
import { type RunRecord, writeRunRecord } from './record.js';
import { isScheduled, type Scheduled, scheduleUnits } from './units.js';

/** What `bench schedule run --json` prints. */
export interface RunResult {
  bench: string;
  snapshot: SnapshotResult;
  /** Null where bench.toml wants nothing pruned. */
  prune: Pick<PruneResult, 'pruned' | 'freedBytes' | 'fromTheFuture'> | null;
}

/**
 * One run of the schedule: a snapshot, and only once that is there the end of those that no rule keeps. How it went is
 * written down for status and checks, whichever way it ends.
 * @throws UsageError `schedule-missing`, and whatever {@link takeSnapshot} and {@link prune} throw; where there is no
 *   snapshot nothing was pruned
 */
export async function runSchedule(config: BenchConfig, runner: Runner): Promise<RunResult> {
  if (!isScheduled(config)) {
    refuseUnread(config, '[schedule]');
    throw notScheduled(config.name);
  }
  const lock = {
    path: join(stateDir(config.name), 'schedule.lock'),
    timeoutMs: config.snapshot.lockTimeoutMs,
    purpose: 'bench schedule run',
  };
  return withLock(lock, () => runAlone(config, runner));
}

/** One run at a time writes down how it went. */
async function runAlone(config: Scheduled, runner: Runner): Promise<RunResult> {
  const begun: Omit<RunRecord, 'version'> = {
    startedAt: new Date().toISOString(),
    endedAt: null,
    outcome: 'running',
    snapshot: null,
    pruned: null,
    error: null,
    nextAt: await nextAfter(config, runner, new Date()),
    behindUntil: null,
  };
  const write = (record: Partial<RunRecord>) => writeRunRecord(config.name, { ...begun, ...record });
  await write({});
  let snapshot: SnapshotResult | undefined;
  try {
    snapshot = await takeSnapshot(config, runner, { scheduled: true });
    const pruned = config.schedule.prune ? await prune(config, runner) : undefined;
    await write({
      endedAt: new Date().toISOString(),
      outcome: 'done',
      snapshot: snapshot.tag,
      pruned: pruned?.pruned.length ?? null,
      behindUntil: behindUntil(pruned),
    });
    await forgetFailure(config.name, runner);
    await forecast(config, runner);
    return { bench: config.name, snapshot, prune: pruned === undefined ? null : pick(pruned) };
  } catch (error) {
    await write({
      endedAt: new Date().toISOString(),
      outcome: 'failed',
      snapshot: snapshot?.tag ?? null,
      error: told(error),
    });
    throw error;
  }
}

/** What can be said of the future is no part of a run that went well. */
async function forecast({ name, volume }: Scheduled, runner: Runner): Promise<void> {
  try {
    const pool = (await listPools(runner, [volume.pool]))[0];
    const dataset = await findDataset(runner, volume.dataset);
    if (pool === undefined || dataset === undefined) return;
    const snapshots = await listSnapshots(runner, volume.dataset);
    await refreshForecast(name, { pool, dataset, snapshots }, new Date());
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
  }
}

/** By hand all went well: what systemd remembers of the last run of the timer is past. */
async function forgetFailure(bench: string, runner: Runner): Promise<void> {
  // systemd.exec(5): set for what systemd starts, whose result it sees itself.
  if (process.env.INVOCATION_ID === undefined) await runner.run(resetFailed([scheduleUnits(bench).service]));
}

/** Times are written so that they sort as texts do. */
function behindUntil(pruned: PruneResult | undefined): string | null {
  const times = (pruned?.snapshots ?? [])
    .filter(({ tag }) => pruned?.fromTheFuture.includes(tag))
    .map(({ createdAt }) => createdAt);
  return times.sort().at(-1) ?? null;
}

function pick({ pruned, freedBytes, fromTheFuture }: PruneResult) {
  return { pruned, freedBytes, fromTheFuture };
}

function told(error: unknown): RunRecord['error'] {
  if (error instanceof BenchError) return { code: error.code, message: error.message };
  return { code: 'internal-error', message: error instanceof Error ? error.message : String(error) };
}

/** No reason not to take a snapshot. */
async function nextAfter({ schedule }: Scheduled, runner: Runner, now: Date): Promise<string | null> {
  try {
    const [next] = await elapses(runner, schedule.calendars, { after: now, count: 1 });
    return next?.toISOString() ?? null;
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}

function notScheduled(bench: string): UsageError {
  return new UsageError(
    'schedule-missing',
    `bench.toml of ${bench} has no schedule: no snapshot was taken, and nothing pruned.`,
    {
      suggestions: [
        `bench config set schedule.snapshot hourly -b ${bench}`,
        `Or let bench init take the timer away: bench init -b ${bench}`,
      ],
    },
  );
}
