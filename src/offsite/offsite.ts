/** Copies of a bench in an object store, which outlive the machine (SPEC-2 section 18). */
export { offsiteJob } from './job.js';
export type { CopyReason } from './judge-copies.js';
export { isCopyId } from './layout.js';
export { type CopyList, type ListedCopy, listCopies } from './list.js';
export { requireOffsite } from './open.js';
export { type CopyPruneResult, pruneCopies } from './prune.js';
export { type PushPreview, type PushRequest, type PushResult, previewPush, push } from './push.js';
export { type OffsiteRecord, readOffsiteRecord } from './record.js';
export { type RestoreRequest, type RestoreResult, restoreCopy } from './restore.js';
export { type OffsiteStatus, offsiteStatus } from './status.js';
export { COPY_LEVELS, type CopyLevel } from './verdicts.js';
export { type VerifyCopyResult, verifyCopy } from './verify.js';
