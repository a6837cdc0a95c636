/** What a bench is: its layout, what is recorded of it outside its dataset, how it is found, its files on the host. */
export { aloneOn } from './alone.js';
export * from './host-files.js';
export * from './host-record.js';
export * from './layout.js';
export { type BenchList, hostBenches, type ListedBench, listBenches, otherBenches } from './list.js';
export { isNewBench, openBench } from './open-bench.js';
export * from './own-dataset.js';
export * from './publish-part.js';
export * from './restore-journal.js';
export * from './sentinel.js';
export * from './structure.js';
export { poolSuspended, suspendedPools } from './suspended-pools.js';
export * from './tag.js';
export { forgetUnfinishedDataset, isUnfinishedDataset, noteUnfinishedDataset } from './unfinished-dataset.js';
export { findUnfinishedPool, forgetUnfinishedPool, noteUnfinishedPool } from './unfinished-pool.js';
