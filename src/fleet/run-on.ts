import { CommandError, CommandNotFoundError, type Runner } from '../host/exec.js';
import { remoteLine, sshArgv } from './ssh.js';

/**
 * - `ok`: it ended with 0
 * - `failed`: it ended with another code
 * - `unreachable`: ssh did not get in, or the connection was cut
 * - `hung`: the host took it, and it did not end in time
 * - `interrupted`: it was ended because somebody stopped all of it
 * - `skipped`: it was not begun, because too many have failed, or somebody stopped all of it
 */
export type Outcome = 'ok' | 'failed' | 'unreachable' | 'hung' | 'interrupted' | 'skipped';

/** What came of a command on one host. */
export interface HostResult {
  host: string;
  outcome: Outcome;
  /** Null where it did not end by itself. */
  exitCode: number | null;
  durationMs: number;
  stdout: string;
  stderr: string;
}

export interface RunOn {
  host: { name: string; address: string };
  /** This host itself: no ssh. */
  isHere: boolean;
  argv: readonly string[];
  control: string;
  timeoutMs: number;
  stop: AbortSignal;
}

/** Characters of standard output that are kept of one host; of a hostile one it has no end. */
const MOST_OUTPUT = 16 * 1024 * 1024;
/** Between asking a command to end and ending the connection. */
const GRACE_MS = 2000;
/** ssh's own failures. */
const SSH_FAILED = 255;

class Ended extends Error {}

/** Runs a command on one host. Never throws for what that host does. */
export async function runOn(runner: Runner, options: RunOn): Promise<HostResult> {
  const { host, isHere, argv, control, timeoutMs, stop } = options;
  const started = performance.now();
  let why: 'hung' | 'interrupted' | undefined;
  let stdout = '';
  let over: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  const feed = async function* () {
    why = await firstOf(ended, stop, timeoutMs);
    if (why === undefined) return;
    yield Buffer.from('x');
    await firstOf(ended, undefined, GRACE_MS);
    throw new Ended(why);
  };
  const consume = async (output: AsyncIterable<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of output)
      if (stdout.length < MOST_OUTPUT) stdout += decoder.decode(chunk, { stream: true });
    over();
  };
  const result = (outcome: Outcome, exitCode: number | null, stderr: string): HostResult => ({
    host: host.name,
    outcome: why ?? outcome,
    exitCode: why === undefined ? exitCode : null,
    durationMs: Math.round(performance.now() - started),
    stdout,
    stderr,
  });
  try {
    const { stderr } = await runner.run({
      argv: isHere ? (argv as [string, ...string[]]) : sshArgv(host.address, control, remoteLine(argv)),
      timeoutMs: timeoutMs + 10 * GRACE_MS,
      feed: feed(),
      consume,
    });
    return result('ok', 0, stderr);
  } catch (error) {
    over();
    if (error instanceof Ended) return result('hung', null, '');
    if (error instanceof CommandNotFoundError) return result('failed', 127, error.message);
    if (!(error instanceof CommandError)) throw error;
    const { exitCode, stderr } = error.result;
    const isUnreachable = !isHere && exitCode === SSH_FAILED;
    return result(isUnreachable ? 'unreachable' : 'failed', exitCode, stderr);
  }
}

async function firstOf(
  ended: Promise<void>,
  stop: AbortSignal | undefined,
  ms: number,
): Promise<'hung' | 'interrupted' | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let stopped: () => void = () => undefined;
  try {
    return await new Promise((resolve) => {
      timer = setTimeout(() => resolve('hung'), ms);
      stopped = () => resolve('interrupted');
      if (stop?.aborted) stopped();
      stop?.addEventListener('abort', stopped);
      void ended.then(() => resolve(undefined));
    });
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', stopped);
  }
}
