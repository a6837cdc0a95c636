/** What bench knows of volumes: it stands in ZFS properties and nowhere else (SPEC section 11). */
export { whileAtWork } from './at-work.js';
export { attach, mayAttach, type NewAttachment, recordAttached, recordReleased, release } from './attach.js';
export { findVolumes, requireVolume, requireVolumeName, volumesOf } from './find.js';
export { type PoolTotals, parseRegistry, type Registry } from './list.js';
export { withPoolLock } from './lock.js';
export {
  ATTACHMENT_MARKS,
  attachmentProperties,
  HISTORY_LENGTH,
  historyProperty,
  textProperties,
  VOLUME_MARK,
} from './properties.js';
export { aroundArgv, readRegistry, readRegistryAround, readVolume, registryArgv } from './read.js';
export {
  attachmentOf,
  detachCommand,
  refuseAttached,
  refuseInUse,
  refuseUnusable,
  type Wanted,
} from './rules.js';
export { writeVolumeSentinel } from './sentinel.js';
export { forgetUnfinishedVolume, makeNoted } from './unfinished.js';
export * from './volume.js';
