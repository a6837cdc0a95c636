/** A proof of a snapshot: a MariaDB recovers on a copy of it, out of sight, and reads it. */
export { verifyJob } from './job.js';
export {
  choose,
  chooseWhich,
  lookInto,
  strongerVerdict,
  type Verified,
  type VerifyRequest,
  type VerifyResult,
  verifySnapshots,
} from './snapshots.js';
