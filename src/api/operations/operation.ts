import type { FailureJson } from '../../output/failure.js';
import type { StepEvent } from '../../steps/steps.js';

/** What an operation is begun with. */
export interface OperationRequest {
  /** One line for people. */
  title: string;
  /** The id of a command of bench: its `--json` is the result. */
  command: string;
  /** Its arguments, each validated, without `--json`. */
  argv: readonly string[];
  bench?: string | undefined;
  volume?: string | undefined;
  /** The content of the file that it is given as `--identity`: never written down with the rest. */
  identity?: string | undefined;
  /** What is changed before it begins, once nothing speaks against it. */
  prepare?: (() => Promise<void>) | undefined;
}

export type OperationState = 'running' | 'done' | 'failed' | 'lost';

/** An operation as the API tells of it; times ISO 8601, UTC. */
export interface Operation {
  id: string;
  title: string;
  command: string;
  argv: readonly string[];
  bench: string | null;
  volume: string | null;
  who: string;
  /** `lost`: it was killed, and has said nothing at its end. */
  state: OperationState;
  startedAt: string;
  endedAt: string | null;
  /** What the command prints with `--json`; null until it is done. */
  result: object | null;
  error: FailureJson['error'] | null;
}

/** One line of the events of an operation. */
export type OperationEvent = { seq: number; at: string } & StepEvent;

export function hasEnded({ state }: Operation): boolean {
  return state !== 'running';
}
