/** Timers of systemd that follow bench.toml: what one is of, its units, and the plan that makes, changes or ends it. */
export { elapses } from './calendar.js';
export { type HostTimer, type HostTimerFacts, inspectTimer, planNoTimer, planTimer } from './host-timer.js';
export {
  CONFINED,
  HOST_READ_ONLY,
  type Job,
  type JobUnits,
  jobUnits,
  quoteArgument,
  quoteWord,
  unitPath,
} from './job.js';
export { isTimer, type JobFiles, jobFiles, planJobs, programPath } from './plan.js';
export { RecordedTiming } from './recorded.js';
export { type JobStates, type JobStatus, jobStatus } from './status.js';
