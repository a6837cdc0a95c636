import type { GuardJournal } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { OnStep } from '../steps/steps.js';
import type { Undone } from './undo.js';

/** What `bench guard --json` prints. */
export interface GuardResult {
  bench: string;
  /** The snapshot that was taken before. */
  tag: string;
  command: { argv: string[]; exitCode: number | null; signal: string | null; durationMs: number };
  /** Null where it was not looked at, as the command itself has failed. */
  check: { passed: boolean; reason: string | null } | null;
  /** Why it counts as failed; null where it does not. */
  reason: string | null;
  /** `not-run`: it was cut off before the command ran. `accepted`: it was left as it is. */
  outcome: 'done' | 'undone' | 'not-undone' | 'not-run' | 'accepted';
  restored: Undone['restored'] | null;
  /** The dataset in which the failed state is kept. */
  kept: string | null;
  /** The command that undoes it, where it was not undone. */
  next: string | null;
  notes: string[];
}

/** What a guard needs of those who wait for it. */
export interface Guarding {
  /** Where the output of the command goes: standard output is JSON's where that is printed. */
  output: 'stdout' | 'stderr';
  onStep: OnStep;
  /** Whether a failed change is to be undone; asked where the policy is `ask`. */
  ask: (reason: string) => Promise<boolean>;
}

/** What is known of a change, with what has come of it. */
export function resultOf(
  { name }: BenchConfig,
  { tag, command, exitCode, signal, reason }: GuardJournal,
  change: Partial<GuardResult> & Pick<GuardResult, 'outcome'>,
): GuardResult {
  return {
    bench: name,
    tag,
    command: { argv: [...command], exitCode, signal, durationMs: 0 },
    check: null,
    reason,
    restored: null,
    kept: null,
    next: null,
    notes: [],
    ...change,
  };
}
