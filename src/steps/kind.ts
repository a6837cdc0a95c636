import type { Command, CommandResult, Runner } from '../host/exec.js';
import type { ProgressReader } from './progress.js';

/** What belongs to one kind of step, in one place: its sentence, its commands and how it is carried out. */
export interface Kind<S> {
  /** One line for the operator. Pure. */
  describe: (step: S) => string;
  /** Its processes, in order; none where bench itself reads and writes files. Pure: `--dry-run` prints just these. */
  commands: (step: S) => Command[];
  /** How it is carried out where that is more than to run its commands. */
  apply?: (step: S, context: StepContext) => Promise<unknown>;
  /** Where a command takes long and says itself how far it is: the argument it is known by, and who reads it. */
  progress?: { argument: string; reader: () => ProgressReader };
}

/** What a step is carried out with. */
export interface StepContext {
  runner: Runner;
  commands: readonly Command[];
  /** Runs the commands, one after the other. */
  run: () => Promise<CommandResult[]>;
  /** Tells the operator what the step waits for. */
  report: (message: string) => void;
}
