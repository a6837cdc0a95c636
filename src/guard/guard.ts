/** A change that undoes itself: a snapshot, the command, a check, and a restore where it fails. */
export {
  acceptGuard,
  type GuardRequest,
  guard,
  resumeGuard,
  type UndoPolicy,
  undoGuard,
} from './guarding.js';
export type { Guarding, GuardResult } from './report.js';
export { commandWords } from './words.js';
