import type { BenchConfig, Schedule } from '../config/config.js';
import { HOST_READ_ONLY, type Job, type JobUnits, jobUnits } from '../timers/timers.js';

/** A bench.toml with a schedule. */
export type Scheduled = BenchConfig & { schedule: Schedule };

export function isScheduled(config: BenchConfig): config is Scheduled {
  return config.schedule !== undefined;
}

export const SNAPSHOT_JOB = 'snapshot';

/** The units of a bench's schedule. */
export function scheduleUnits(bench: string): JobUnits {
  return jobUnits({ name: SNAPSHOT_JOB, config: { name: bench } });
}

/**
 * Snapshots by themselves. They see the host read-only but for bench's own records, no device but ZFS's, and no network:
 * ZFS takes a snapshot, and destroys one, without any mount.
 */
export function snapshotJob(config: BenchConfig): Job {
  const { name, schedule } = config;
  return {
    config,
    name: SNAPSHOT_JOB,
    table: 'schedule',
    key: 'snapshot',
    when: schedule === undefined ? undefined : { text: schedule.snapshot, calendars: schedule.calendars },
    timerDescription: `Snapshots of bench ${name} by themselves`,
    serviceDescription: `Snapshot of bench ${name}, and end of those that no rule keeps`,
    argv: ['schedule', 'run', '-b', name],
    timeout: '3h',
    confinement: [
      ...HOST_READ_ONLY,
      'PrivateNetwork=yes',
      'IPAddressDeny=any',
      'RestrictAddressFamilies=AF_UNIX',
    ],
  };
}
