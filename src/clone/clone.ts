/**
 * Clones: benches made from a snapshot of another one, what becomes of them, and the templates that are kept only to be
 * cloned. What is outside of this folder uses it by this file alone.
 */
export { createTemplate, previewTemplate, type TemplateCreated } from './create-template.js';
export { extendClone, type LifetimeResult, protectClone } from './lifetime.js';
export { type Cloned, type CloneOptions, cloneBench, previewClone } from './make.js';
export type { Promotion } from './promote.js';
export { previewPromotion, promoteClone } from './promote-clone.js';
export { type Released, releaseClone } from './release.js';
export type { CloneRequest } from './request.js';
export { previewReset, type ResetResult, resetClone } from './reset.js';
export { type Swept, sweepClones } from './sweep.js';
export type { TemplateJson } from './template.js';
export {
  deleteTemplate,
  listAllTemplates,
  previewDelete,
  previewTemplatePromotion,
  promoteTemplate,
  type TemplateDeleted,
  type TemplateList,
} from './templates.js';
