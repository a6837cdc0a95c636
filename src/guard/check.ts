import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchConfig } from '../config/config.js';
import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { runForeground } from '../host/foreground.js';
import { unitStates } from '../host/systemd.js';
import { MariaDbError, waitUntilAnswering } from '../mariadb/mariadb.js';

export interface CheckOptions {
  config: BenchConfig;
  runner: Runner;
  /** Null for what bench checks by itself. */
  command: readonly string[] | null;
  /** The unit that it runs in; systemd ends it when its time is over. */
  scope: string;
  timeoutMs: number;
  isInterrupted: () => boolean;
}

const PAUSE_MS = 1000;

/**
 * Whether the bench works, looked at again until it does or the time is over: what has just been started takes a moment.
 * @returns why not, in one sentence; undefined where it does
 */
export async function checkBench(options: CheckOptions): Promise<string | undefined> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const left = Math.max(1, deadline - performance.now());
    const reason = await (options.command === null ? ownCheck(options, left) : theirCheck(options, left));
    if (reason === undefined || options.isInterrupted())
      return options.isInterrupted() ? 'it was interrupted' : reason;
    if (performance.now() + PAUSE_MS >= deadline) return reason;
    await sleep(PAUSE_MS);
  }
}

/** MariaDB answers, and every unit of the bench is active. */
async function ownCheck({ config, runner }: CheckOptions, leftMs: number): Promise<string | undefined> {
  const { units } = config.maintenance;
  const states = await unitStates(runner, units);
  const down = units.filter((_, index) => states[index]?.active !== 'active');
  if (down.length > 0) return `${down.join(', ')} ${down.length === 1 ? 'is' : 'are'} not active`;
  try {
    await waitUntilAnswering({ socketPath: config.mariadb.socketPath, timeoutMs: Math.min(leftMs, 5000) });
    return undefined;
  } catch (error) {
    if (error instanceof MariaDbError) return error.message;
    throw error;
  }
}

const STOP_SECONDS = 5;

/** One run of the operator's own check, with what it starts; systemd ends all of it when the time is over. */
async function theirCheck({ command, scope }: CheckOptions, leftMs: number): Promise<string | undefined> {
  const seconds = Math.max(1, Math.ceil(leftMs / 1000));
  const limits = [`--property=RuntimeMaxSec=${seconds}`, `--property=TimeoutStopSec=${STOP_SECONDS}`];
  const argv = [
    'systemd-run',
    '--scope',
    '--quiet',
    '--collect',
    `--unit=${scope}`,
    ...limits,
    '--',
    ...(command ?? []),
  ];
  try {
    const { exitCode, signal } = await runForeground(argv, { cwd: '/', output: 'stderr' });
    if (exitCode === 0) return undefined;
    return signal === null
      ? `the check ended with ${exitCode}`
      : `the check was ended by ${signal} after ${seconds} s`;
  } catch (error) {
    if (error instanceof BenchError) return error.message;
    throw error;
  }
}
