/**
 * Clones: benches made from a snapshot of another one, and what becomes of them. What is outside of this folder uses it
 * by this file alone.
 */
export { type Cloned, type CloneOptions, cloneBench, previewClone } from './make.js';
export type { CloneRequest } from './request.js';
