/** Data volumes (SPEC section 12): what is made, attached, changed and taken away, planned in steps. */
export type { Changed, ChangeOptions } from './change.js';
export { type CreateRequest, createVolume } from './create.js';
export { type DeletePreview, deleteVolume, previewDelete } from './delete.js';
export { type ListFilter, listVolumes, type VolumeList } from './list.js';
export { renameVolume } from './rename.js';
export { repairVolumes } from './repair.js';
export { resizeVolume } from './resize.js';
export { showVolume, type VolumeDetails } from './show.js';
export type { VolumeJson, VolumeStatus } from './volume-json.js';
