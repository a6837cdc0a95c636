/** What a bench does by itself: snapshots, the end of those that no rule keeps, and the list of everything else. */

export type { Reason } from '../retention/retention.js';
export { benchJobs, otherJobs, planTimers } from './jobs.js';
export { type PruneResult, previewPrune, prune } from './prune.js';
export { type RunRecord, readRunRecord } from './record.js';
export { type RunResult, runSchedule } from './run.js';
export {
  readSchedules,
  type ScheduleList,
  type ScheduleStatus,
  scheduleStatus,
} from './status.js';
export { scheduleUnits, snapshotJob } from './units.js';
