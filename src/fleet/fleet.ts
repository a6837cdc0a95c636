/** Many hosts as one: what each has told, what is done on all of them, and who runs a bench. */

export { type AnsibleInventory, ansibleInventory, hostVars } from './ansible.js';
export { type BenchFilter, type FleetBench, readBenches } from './benches.js';
export { haveTold, type Place, placeToMove, placeToPromote, runThere } from './elsewhere.js';
export { type Answer, type Executed, exec } from './exec.js';
export { type Forgotten, forget } from './forget.js';
export type { FleetWish } from './host-toml.js';
export { type Inventory, takeInventory } from './inventory.js';
export { type Published, publish } from './publish.js';
export { type FleetHost, readHosts } from './read.js';
export { type Rebuilt, rebuild } from './rebuild.js';
export type { HostResult, Outcome } from './run-on.js';
export { selected } from './select.js';
export { type Left, leave, previewSetup, type SetupPlan, setUp } from './setup.js';
export { type FleetVolume, type FleetVolumeFilter, readVolumes } from './volumes.js';
