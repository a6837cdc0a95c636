/** Timers of systemd that follow bench.toml: what one is of, its units, and the plan that makes, changes or ends it. */
export { elapses } from './calendar.js';
export { CONFINED, type Job, type JobUnits, jobUnits, quoteWord, unitPath } from './job.js';
export { type JobFiles, jobFiles, planJobs, programPath } from './plan.js';
export { type JobStates, type JobStatus, jobStatus } from './status.js';
