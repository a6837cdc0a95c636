import type { Progress } from './progress.js';

/** What is told of a step, whatever it belongs to, while it is carried out. */
export type StepEvent = {
  /** The step in one line; while it waits, for what. */
  title: string;
  /** Milliseconds since it started. */
  durationMs: number;
} & ({ kind: 'step-started' | 'step-waits' | 'step-finished' } | ({ kind: 'step-progress' } & Progress));

export type OnStep = (event: StepEvent) => void;

/** By what a step tells of itself between start and end. */
export interface Teller {
  waits: (message: string) => void;
  progress: (found: Progress) => void;
}

/** Carries out one step, and tells of it. One that fails has no end. */
export async function perform<T>(
  title: string,
  work: (tell: Teller) => Promise<T>,
  onEvent: OnStep,
): Promise<T> {
  const started = performance.now();
  const durationMs = () => performance.now() - started;
  onEvent({ kind: 'step-started', title, durationMs: 0 });
  const result = await work({
    waits: (message) => onEvent({ kind: 'step-waits', title: message, durationMs: durationMs() }),
    progress: (found) => onEvent({ kind: 'step-progress', title, durationMs: durationMs(), ...found }),
  });
  onEvent({ kind: 'step-finished', title, durationMs: durationMs() });
  return result;
}
