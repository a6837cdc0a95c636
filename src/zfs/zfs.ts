/** What `zfs` and `zpool` are asked and told: argument lists, and what they print as types. */
export * from './dataset-commands.js';
export * from './datasets.js';
export { isMissingDataset } from './list.js';
export * from './marks.js';
export * from './names.js';
export { type DatasetIo, parseObjset, readDatasetIo } from './objset.js';
export * from './pool-commands.js';
export * from './pool-import.js';
export * from './pool-io.js';
export * from './pool-status.js';
export * from './pools.js';
export * from './properties.js';
export * from './rows.js';
export * from './snapshot-commands.js';
export * from './snapshot-summary.js';
export * from './snapshots.js';
export * from './space.js';
export * from './zvol-commands.js';
