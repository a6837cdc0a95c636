import type { UnitState } from '../host/systemd.js';
import { type Job, jobUnits } from './job.js';

/** What systemd knows of a job. */
export interface JobStates {
  timer: UnitState;
  service: UnitState;
}

/** Something that a bench does by itself, and how that goes. Times ISO 8601, UTC. */
export interface JobStatus {
  bench: string;
  /** E.g. `verify`. */
  job: string;
  /** As bench.toml says it; null where it says nothing, and a timer is left. */
  when: string | null;
  /** The same as calendars of systemd. */
  calendars: string[];
  timer: string;
  /** Whether it runs now, and will after a reboot. */
  active: boolean;
  enabled: boolean;
  /** Null where it does not run, or a run is under way. */
  nextAt: string | null;
  /** Of the last run since the host has booted: `success`, `exit-code`, `timeout`, …; null where there was none. */
  result: string | null;
}

/** Pure. */
export function jobStatus(job: Job, { timer, service }: JobStates): JobStatus {
  return {
    bench: job.config.name,
    job: job.name,
    when: job.when?.text ?? null,
    calendars: job.when?.calendars ?? [],
    timer: jobUnits(job).timer,
    active: timer.active === 'active',
    enabled: timer.enabled === 'enabled',
    nextAt: timer.nextElapse?.toISOString() ?? null,
    result: service.hasRun ? service.result : null,
  };
}
