/** The screens. */
export { makeBench, showDashboard } from './late.js';
