/** What a bench is: its layout, what is recorded of it outside its dataset, how it is found, its files on the host. */
export { aloneOn } from './alone.js';
export { refuseChildren } from './children.js';
export * from './clone.js';
export * from './clone-note.js';
export * from './drop-note.js';
export * from './epoch.js';
export { heldByAnother, refuseHeldByAnother } from './foreign-pool.js';
export * from './guard-journal.js';
export * from './host-files.js';
export * from './host-record.js';
export * from './layout.js';
export {
  type BenchList,
  hostBenches,
  type ListedBench,
  listBenches,
  otherBenches,
  otherRecords,
  readRecords,
  unitsOfOthers,
} from './list.js';
export { newBench } from './new-bench.js';
export { isNewBench, openBench } from './open-bench.js';
export { dropOriginal, holdsOnlyConfig } from './original.js';
export * from './own-dataset.js';
export * from './own-holds.js';
export { poolBacking } from './pool-backing.js';
export * from './publish-part.js';
export * from './restore-journal.js';
export * from './sentinel.js';
export * from './sentinel-file.js';
export * from './structure.js';
export { importedPools, poolSuspended, suspendedPools } from './suspended-pools.js';
export * from './tag.js';
export * from './take-up-note.js';
export { forgetUnfinishedDataset, isUnfinishedDataset, noteUnfinishedDataset } from './unfinished-dataset.js';
export { findUnfinishedPool, forgetUnfinishedPool, noteUnfinishedPool } from './unfinished-pool.js';
export { refuseUnread } from './unread.js';
export * from './volume-layout.js';
