/** Exit codes of `bench`, the one table (SPEC section 5). */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  busy: 4,
  /** A guarded change has failed, and was undone. */
  undone: 10,
  /** A guarded change has failed, and was not undone. */
  notUndone: 11,
  /** Of many hosts one cannot be reached, and on no other one has it failed. */
  unreachable: 12,
  /** One has not answered in time, and nothing else was wrong. */
  hung: 13,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorDetails {
  /** The command that failed, as an argument list. */
  command?: readonly string[];
  /** What that command wrote to standard error. */
  stderr?: string;
  /** What the operator can do next; one sentence or command each. */
  suggestions?: readonly string[];
  cause?: unknown;
}

/**
 * Every failure that bench foresees. Its message says what happened, where, and in which state things are now.
 * `code` is stable and machine-readable (kebab-case).
 */
export class BenchError extends Error {
  readonly exitCode: ExitCode = EXIT.failed;
  readonly command: readonly string[] | undefined;
  readonly stderr: string | undefined;
  readonly suggestions: readonly string[];

  constructor(
    readonly code: string,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.command = details.command;
    this.stderr = details.stderr;
    this.suggestions = details.suggestions ?? [];
  }

  /** What is known of it, for one in its place that says more. */
  details(): ErrorDetails {
    const { command, stderr, suggestions } = this;
    return {
      ...(command === undefined ? {} : { command }),
      ...(stderr === undefined ? {} : { stderr }),
      suggestions,
      cause: this,
    };
  }
}

/** Wrong usage or configuration: exit 2, nothing was changed. */
export class UsageError extends BenchError {
  override readonly exitCode = EXIT.usage;
}

/** Refused for safety: exit 3, nothing was changed. */
export class RefusedError extends BenchError {
  override readonly exitCode = EXIT.refused;
}

/** Somebody else is at work, or a lock was not had in time: exit 4, nothing was changed. */
export class BusyError extends BenchError {
  override readonly exitCode = EXIT.busy;
}

/** ZFS or the host failed: exit 1. */
export class VolumeError extends BenchError {}

/** The operator interrupted: exit 130. */
export class InterruptedError extends BenchError {
  override readonly exitCode = EXIT.interrupted;
}
