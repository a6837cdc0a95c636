/** What can be done to a host: steps as data, each kind in a file of its own below `kinds/`. */
export { applySteps, halfWay } from './apply.js';
export { enabledBeforeReload } from './enabled.js';
export { fileExists } from './kinds/image-export.js';
export { mountFlags } from './kinds/volume-mount.js';
export type { Step, StepKind } from './kinds.js';
export { type OnStep, perform, type StepEvent, type Teller } from './perform.js';
export { commandsFor, describe } from './step.js';
