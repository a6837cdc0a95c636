/** Copies of a bench in an object store, which outlive the machine (SPEC-2 section 18). */
export { type CopyList, type ListedCopy, listCopies } from './list.js';
export { type PushPreview, type PushRequest, type PushResult, previewPush, push } from './push.js';
