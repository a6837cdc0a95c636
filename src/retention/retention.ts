/** Which of many things that have a time stay by the rules of bench.toml: snapshots, and copies of them. */
export { type Candidate, type Reason, retain, type Verdict } from './retain.js';
