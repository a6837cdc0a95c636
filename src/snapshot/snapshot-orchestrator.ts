/**
 * SnapshotOrchestrator: snapshot, list, destroy, restore and undo, around MariaDB's lock and maintenance mode. What is
 * outside of this folder uses it by this file alone.
 */
export { wayOut, whatDepends } from './dependents.js';
export { type DestroyResult, destroySnapshots, parseReclaim, previewDestroy } from './destroy.js';
export {
  findKept,
  type KeptCopy,
  keptNames,
  keptWith,
  refuseMountedCopy,
  refuseUndroppable,
} from './kept.js';
export { listBenchSnapshots, type SnapshotList } from './list.js';
export { boundAmong, leftAlone, readMembers, type TakenAlong, takenAlong } from './members.js';
export { refuseOpenFiles } from './obstacles.js';
export {
  destroyVolumeSnapshots,
  listVolumeSnapshots,
  previewVolumeDestroy,
  previewVolumeRestore,
  restoreVolume,
  takeVolumeSnapshot,
} from './of-volume.js';
export { type PinResult, pinSnapshot } from './pin.js';
export { previewRestore, type RestorePreview, type RestoreRequest } from './preflight.js';
export { type Proof, readProofs, recordProof } from './proofs.js';
export { leaveBench, type RestoreResult, restoreAlone, restoreSnapshot } from './restore.js';
export { type SnapshotOptions, type SnapshotResult, takeSnapshot } from './snapshot.js';
export { standings } from './standings.js';
export {
  discardKept,
  previewDiscard,
  previewUndo,
  type UndoPreview,
  type UndoResult,
  undoRestore,
} from './undo.js';
export { type Verdict, type VerdictKind, type VerifyLevel, verdictOf } from './verdict.js';
