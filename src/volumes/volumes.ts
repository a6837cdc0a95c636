/** Data volumes (SPEC section 12): what is made, attached, changed and taken away, planned in steps. */

export { type AttachRequest, attachToBench } from './attach-bench.js';
export {
  attachToMachine,
  type ChangedWithWords,
  detachFromMachine,
  type MachineRequest,
} from './attach-machine.js';
export type { ShowFacts } from './bench-steps.js';
export type { Changed, ChangeOptions } from './change.js';
export { type CloneRequest, cloneVolume, planVolumeClone } from './clone.js';
export { type CreateRequest, createVolume, FILESYSTEM_PROPERTIES } from './create.js';
export { type DeletePreview, deleteVolume, previewDelete } from './delete.js';
export { detachFromBench, type OverlayEnd, releaseUnknownBench } from './detach-bench.js';
export { type Exported, type ExportRequest, exportVolume } from './export.js';
export { type Imported, type ImportRequest, importVolume } from './import.js';
export { refuseOpen } from './in-use.js';
export { type ListFilter, listVolumes, type PoolSum, searchedText, type VolumeList } from './list.js';
export { planBenchVolumes, unwanted, type VolumesPlan } from './plan-bench.js';
export { placeSteps } from './pool.js';
export { planBenchRelease } from './release-bench.js';
export { renameVolume } from './rename.js';
export { repairVolumes } from './repair.js';
export { resizeVolume } from './resize.js';
export { showVolume, type VolumeDetails } from './show.js';
export { refuseTargets } from './target.js';
export type { VolumeJson, VolumeStatus } from './volume-json.js';
export { TOOLS, type Tool } from './words.js';
