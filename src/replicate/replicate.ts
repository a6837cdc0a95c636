/** Copies of a bench on another host: sent there, taken up there, and who has the right to run it. */
export { type Accepted, accept, parseAccept } from './accept.js';
export { type GuardResult, guardStart } from './guard.js';
export { guardFiles, planGuards } from './guards.js';
export { type Moved, move } from './move.js';
export { COPY_MARK, hostOf } from './names.js';
export {
  type Promoted,
  type PromoteOptions,
  type PromotePreview,
  type PromoteRequest,
  previewPromote,
  promote,
} from './promote.js';
export { type CopyRecord, readCopyRecord } from './record.js';
export { type CopyResult, requireReplicated } from './replicated.js';
export { previewReverse, type Reversed, reclaim, reverse } from './reverse.js';
export { type CopyOptions, runCopy } from './run.js';
export { type Answer, serve } from './serve.js';
export type { Peer } from './serve-copy.js';
export { previewSetup, type SetupPlan, type SetupResult, setUp } from './setup.js';
export { type CopyStatus, copyStatus } from './status.js';
export { replicateJob } from './units.js';
