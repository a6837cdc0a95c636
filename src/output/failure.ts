import { BenchError, EXIT, UsageError } from '../errors.js';
import { formatArgv } from '../host/exec.js';
import { onOneLine, printable } from '../printable.js';

/** What `--json` prints for any failure (SPEC section 5). */
export interface FailureJson {
  error: {
    code: string;
    message: string;
    command: readonly string[] | null;
    stderr: string | null;
    suggestions: readonly string[];
  };
}

/** What oclif throws: its parser's errors carry `oclif.exit`, its `exit()` the code `EEXIT`. */
interface OclifError extends Error {
  code?: string;
  oclif?: { exit?: number };
}

/** Turns whatever was thrown into a BenchError. A bug in bench itself becomes `internal-error`, never a trace. */
export function toBenchError(error: unknown): BenchError {
  if (error instanceof BenchError) return error;
  const thrown = error instanceof Error ? (error as OclifError) : new Error(String(error));
  if ((thrown as OclifError).oclif?.exit !== undefined) {
    const message = thrown.message.replace(/\nSee more help with --help$/, '').replaceAll(/ ?\n\t/g, ': ');
    return new UsageError('wrong-usage', message, {
      suggestions: ['Add --help to see the flags and arguments of this command.'],
      cause: error,
    });
  }
  return new BenchError('internal-error', `Unexpected error in bench: ${thrown.message}`, {
    suggestions: ['Run it again with BENCH_DEBUG=1 and report what it prints.'],
    cause: error,
  });
}

export function failureJson(error: BenchError): FailureJson {
  return {
    error: {
      code: error.code,
      message: error.message,
      command: error.command ?? null,
      stderr: error.stderr ?? null,
      suggestions: error.suggestions,
    },
  };
}

/**
 * The failure as a person reads it: what happened, the command and what it said, what to do next. Whatever is in it,
 * nothing but text reaches the terminal.
 */
export function failureText(error: BenchError): string {
  const lines = [`Error: ${error.message}`];
  if (error.command !== undefined) lines.push('', `  command  ${onOneLine(formatArgv(error.command))}`);
  const stderr = error.stderr?.trim();
  if (stderr !== undefined && stderr !== '')
    lines.push(...stderr.split('\n').map((line) => `  stderr   ${line}`));
  if (error.suggestions.length > 0)
    lines.push('', ...error.suggestions.map((next) => `Next: ${onOneLine(next)}`));
  return printable(`${lines.join('\n')}\n`);
}

/** Prints a failure where it belongs and sets the exit code. `--help` and a closed pipe are no failures. */
export function reportFailure(error: unknown, options: { json: boolean }): void {
  const code = (error as OclifError | undefined)?.code;
  if (code === 'EEXIT') {
    process.exitCode = (error as OclifError).oclif?.exit ?? EXIT.done;
    return;
  }
  const failure = toBenchError(error);
  process.exitCode = failure.exitCode;
  if (options.json) process.stdout.write(`${JSON.stringify(failureJson(failure), null, 2)}\n`);
  else process.stderr.write(failureText(failure));
  if (process.env.BENCH_DEBUG === '1' && failure.cause instanceof Error) {
    process.stderr.write(printable(`${failure.cause.stack}\n`));
  }
}
