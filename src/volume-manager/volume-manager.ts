/**
 * VolumeManager: plans and carries out what creates or reuses pool and dataset, bind mounts and fstab; offers what a new
 * bench could have; sets sizes. What is outside of this folder uses it by this file alone.
 */
export { asIfAdopted } from './as-if-adopted.js';
export { roomOf } from './desired-sizes.js';
export type { Facts, InitFlags, PartFacts } from './facts.js';
export { importOrder } from './import-order.js';
export {
  type Beyond,
  converge,
  type InitOptions,
  type InitResult,
  initLocked,
  lookAround,
  planNext,
} from './init.js';
export { importDirs } from './inspect.js';
export { KEPT_KEY, type KeyFlags } from './key-facts.js';
export { type Offer, type Place, placesOf, readOffer, type Settled, settle, type Wish } from './offer.js';
export { requireOperator } from './operators.js';
export { cloneDatasetProperties, type Plan, planInit } from './plan.js';
export type { PlanContext } from './plan-contents.js';
export { guardSteps, mountStep } from './plan-mount.js';
export { previewSizes, type SetResult, setSizes } from './set-sizes.js';
export { checkSizes, GIB, imageSize, type Room, type Sizes } from './sizing.js';
