import { CommandNotFoundError } from './exec.js';

/** How a program ended that had the terminal. */
export interface Ended {
  /** Null where a signal has ended it. */
  exitCode: number | null;
  signal: string | null;
  durationMs: number;
}

/**
 * Runs somebody's program as a shell would: with bench's own input and output and the caller's environment, for as long
 * as it takes. It is not ended when bench ends.
 * @param onStart told how a signal is passed on to it
 * @throws CommandNotFoundError
 */
export async function runForeground(
  argv: readonly string[],
  options: { cwd: string; output: 'stdout' | 'stderr'; env?: Readonly<Record<string, string>> },
  onStart: (pass: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  const started = performance.now();
  const { cwd, output, env = {} } = options;
  const { execa: run } = await import('execa');
  const subprocess = run(argv[0] as string, argv.slice(1), {
    cwd,
    env: { ...env },
    stdio: ['inherit', output === 'stderr' ? 2 : 1, 2],
    buffer: false,
    reject: false,
    cleanup: false,
  });
  onStart((signal) => void subprocess.kill(signal));
  const outcome = await subprocess;
  if (outcome.code === 'ENOENT') throw new CommandNotFoundError(argv[0] as string);
  return {
    exitCode: outcome.exitCode ?? null,
    signal: outcome.signal ?? null,
    durationMs: performance.now() - started,
  };
}
