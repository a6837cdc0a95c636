/** A MariaDB on a clone of a snapshot, out of sight: made, taken away again, and what a killed one has left. */
export { refuseNoRoom } from './clone.js';
export { type Leftover, removeLeftovers } from './leftovers.js';
export { ROOT_ACCOUNT } from './server.js';
export { type Scratch, type ScratchOptions, ScratchStartError, withScratch } from './with-scratch.js';
