import type { Command } from '../host/exec.js';
import { kindOf, type Step } from './kinds.js';

/** One line for the operator. */
export function describe(step: Step): string {
  return kindOf(step).describe(step);
}

/** The processes of a step, in order; empty where bench itself reads and writes files. Apply starts exactly these. */
export function commandsFor(step: Step): Command[] {
  return kindOf(step).commands(step);
}
