/** A volume that a dropped bench has left becomes a bench again, under any name. */
export type { TakeUpRequest } from './look.js';
export { previewTakeUp, type TakeUpOptions, takeUp } from './make.js';
