import { formatArgv } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { commandsFor, describe } from '../steps/steps.js';
import type { Plan } from '../volume-manager/volume-manager.js';

/** The plan as a person reads it: each step, and below it the exact commands. */
export function planText(plan: Plan): string {
  const lines = plan.steps.flatMap((step) => [
    `  ${onOneLine(describe(step))}`,
    ...commandsFor(step).map(({ argv }) => `      ${onOneLine(formatArgv(argv))}`),
  ]);
  lines.push(...plan.notes.map((note) => `  Note: ${onOneLine(note)}`));
  if (!plan.complete) lines.push('  What follows can only be seen once this is done.');
  return lines.join('\n');
}

export interface PlanJson {
  /** False where more can only be seen once these steps are done. */
  complete: boolean;
  notes: readonly string[];
  /** Argument lists; a step that bench carries out itself has none. */
  steps: { kind: string; title: string; commands: (readonly string[])[] }[];
}

/** What `bench init --json` prints: the plan, or the steps that were carried out. */
export type InitJson = { bench: string } & (
  | (PlanJson & ({ dryRun: true } | { changed: boolean }))
  | { changed: false; skipped: 'not-linux'; steps: never[] }
);

/** The plan as `--json` prints it. */
export function planJson(plan: Plan): PlanJson {
  return {
    complete: plan.complete,
    notes: plan.notes,
    steps: plan.steps.map((step) => ({
      kind: step.kind,
      title: describe(step),
      commands: commandsFor(step).map(({ argv }) => argv),
    })),
  };
}
