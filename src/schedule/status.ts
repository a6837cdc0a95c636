import { cloneJson, hostBenches, isTimedByInit } from '../bench/bench.js';
import type { BenchConfig, Policy } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import {
  isTimer,
  type Job,
  type JobStates,
  type JobStatus,
  jobFiles,
  jobStatus,
  jobUnits,
} from '../timers/timers.js';
import { findDataset } from '../zfs/zfs.js';
import { benchJobs } from './jobs.js';
import { type RunRecord, readRunRecord } from './record.js';
import { SNAPSHOT_JOB, scheduleUnits } from './units.js';

/** The schedule of one bench, and how it goes. Times ISO 8601, UTC. */
export interface ScheduleStatus {
  bench: string;
  /** As bench.toml says it; null where it says nothing, and a timer is left. */
  snapshot: string | null;
  /** The same as calendars of systemd. */
  calendars: string[];
  keep: Policy | null;
  prune: boolean;
  timer: string;
  /** Whether it runs now, and will after a reboot. */
  active: boolean;
  enabled: boolean;
  /** Null where it does not run, or a run is under way. */
  nextAt: string | null;
  last: {
    startedAt: string;
    endedAt: string | null;
    /** `killed`: it began, and its end was never written. */
    outcome: 'running' | 'done' | 'failed' | 'killed';
    snapshot: string | null;
    pruned: number | null;
    error: { code: string; message: string } | null;
  } | null;
}

export interface ScheduleList {
  schedules: ScheduleStatus[];
  /** What else benches do by themselves. */
  jobs: JobStatus[];
}

/**
 * The schedules of all benches of the host, or of one. One process, however many, and one more for each bench that has no
 * timer although its bench.toml wants one.
 * @param config undefined for all
 */
export async function readSchedules(config: BenchConfig | undefined, runner: Runner): Promise<ScheduleList> {
  const benches = config === undefined ? await hostBenches() : [config];
  const all = await present(benches, runner);
  const scheduled = all.filter(({ job }) => job.name === SNAPSHOT_JOB);
  const others = all.filter(({ job }) => job.name !== SNAPSHOT_JOB);
  const found = [...scheduled, ...others];
  const states = await unitStates(
    runner,
    found.map(({ job }) => jobUnits(job)).flatMap(({ timer, service }) => [timer, service]),
  );
  const statesOf = (index: number): JobStates => {
    const [timer = UNKNOWN_UNIT, service = UNKNOWN_UNIT] = states.slice(2 * index);
    return { timer, service };
  };
  const schedules = scheduled.map(async ({ bench }, index) =>
    scheduleStatus(bench, statesOf(index), await readRunRecord(bench.name)),
  );
  return {
    schedules: await Promise.all(schedules),
    jobs: others.map(({ job }, index) => jobStatus(job, statesOf(scheduled.length + index))),
  };
}

/** Those that bench.toml wants, but for a clone that has none yet, and those of which something is left. */
async function present(
  benches: readonly BenchConfig[],
  runner: Runner,
): Promise<{ bench: BenchConfig; job: Job }[]> {
  const found: { bench: BenchConfig; job: Job }[] = [];
  for (const bench of benches) {
    const jobs = await Promise.all(
      benchJobs(bench).map(async (job) => ({ bench, job, files: await jobFiles(job) })),
    );
    const isMissing = jobs.some(({ files }) => files === 'missing');
    const timedByInit =
      isMissing && isTimedByInit(cloneJson(await findDataset(runner, bench.volume.dataset)));
    found.push(...jobs.filter(({ files }) => isTimer(files, timedByInit)));
  }
  return found;
}

/** Pure. */
export function scheduleStatus(
  { name, schedule }: BenchConfig,
  { timer, service }: JobStates,
  record: RunRecord | undefined,
): ScheduleStatus {
  return {
    bench: name,
    snapshot: schedule?.snapshot ?? null,
    calendars: schedule?.calendars ?? [],
    keep: schedule?.policy ?? null,
    prune: schedule?.prune ?? false,
    timer: scheduleUnits(name).timer,
    active: timer.active === 'active',
    enabled: timer.enabled === 'enabled',
    nextAt: timer.nextElapse?.toISOString() ?? null,
    last: record === undefined ? null : lastRun(record, service),
  };
}

function lastRun(record: RunRecord, service: UnitState): ScheduleStatus['last'] {
  const { startedAt, endedAt, snapshot, pruned, error } = record;
  const isRunning = service.active === 'activating' || service.active === 'deactivating';
  const outcome = record.outcome === 'running' && !isRunning ? 'killed' : record.outcome;
  return { startedAt, endedAt, outcome, snapshot, pruned, error };
}
