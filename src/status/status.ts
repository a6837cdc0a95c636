/** The state of a bench's volume: what is there, what is wrong with it, and the command that mends each. */
export { ageText, days } from './age.js';
export { isAdvice } from './problems.js';
export { readStatus, wantsProofs } from './read-status.js';
export type { Problem, Status } from './report.js';
export { NOTHING_SEEN, type Seen, watchBench } from './watch.js';
