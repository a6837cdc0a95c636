/** What a monitoring system wants to know of a bench, as Nagios' plugins tell it. */
export { parseAge } from './age.js';
export { LEVELS, PROBES } from './finding.js';
export type { Thresholds } from './probes.js';
export { type CheckResult, check } from './run.js';
