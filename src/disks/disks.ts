/** The disks of the host: what is on each, whether a pool could be made on it and why not, and what clears one. */
export { aboutDisk, contentsSummary, contentsText } from './contents-text.js';
export { chooseDisk, namedBlockers, wipeBlockers } from './decide.js';
export { type DiskContents, describeDiskContents, wipeCommands } from './describe.js';
export { discoverDisks, recheckDisk } from './discover.js';
export { formatBytes } from './format.js';
export { type DeviceNames, hostFacts } from './kernel.js';
export { type DiscoverResult, discoverText, readDisks } from './report.js';
export type { Disk, DiskReason, ReasonCode } from './types.js';
export { refuseChangedDisk, refuseDiskInUse } from './wipe.js';
