import type { RestoreJournal } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import type { Found } from './preflight.js';

/** A restore or an undo on its way. */
export interface Restore extends Found {
  config: BenchConfig;
  runner: Runner;
  journal: RestoreJournal;
  /** What the operator should know at the end. */
  notes: string[];
  /** Carries out one step, and tells of it. */
  step: (title: string, work: () => Promise<unknown>) => Promise<unknown>;
}
