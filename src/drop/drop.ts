/** The end of a bench: what of it is taken away, in which order, and what stays. */
export { type DropOptions, dropBench } from './drop-bench.js';
export type { Storage } from './facts.js';
export { type DropPreview, previewDrop, type ReleasedVolume } from './preview.js';
