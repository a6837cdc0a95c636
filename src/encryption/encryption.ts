/** What becomes of the key of an encrypted bench: loaded, unloaded, rotated, exported. */
export { type Exported, exportBenchKey } from './export.js';
export { type Loaded, type LoadRequest, loadBenchKey } from './load.js';
export { planRotation, type Rotated, type Rotation, rotateBenchKey } from './rotate.js';
export { type KeyStatus, readKeyStatus } from './status.js';
export { planUnload, type Unloaded, type UnloadPlan, unloadBenchKey } from './unload.js';
