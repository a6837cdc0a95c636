/** Snapshots that take themselves, and the end of those that no rule keeps. */
export { elapses, requireCalendar } from './calendar.js';
export { type PruneResult, previewPrune, prune } from './prune.js';
export { type RunRecord, readRunRecord } from './record.js';
export type { Reason } from './retain.js';
export { type RunResult, runSchedule } from './run.js';
export {
  readSchedules,
  type ScheduleList,
  type ScheduleStatus,
  type ScheduleUnits,
  scheduleStatus,
} from './status.js';
export { delayFor, planTimers, programPath, timerFiles } from './timers.js';
export { delayOf, quoteWord, scheduleUnits, unitPath } from './units.js';
