/** Which host of a fleet has the right to run a bench: what etcd says of it, and the changes of that. */
export { type Asked, askFleet } from './ask.js';
export {
  type Claim,
  claim,
  type Granted,
  readStanding,
  recordOwner,
  type Standing,
  takeBack,
  touch,
  yieldTo,
} from './claim.js';
export { epochToClaim, type Peer, type StartFacts, type StartVerdict, verdictOnStart } from './decide.js';
export { type Fleet, openFleet, requireFleet, withFleet } from './fleet-of-host.js';
export { lineageOf, requireLineage } from './lineage.js';
export { type Owner, ownersPrefix, parseOwner } from './owner.js';
