import { userInfo } from 'node:os';
import { pipeline } from 'node:stream/promises';
import type { execa } from 'execa';
import { RefusedError, VolumeError } from '../errors.js';
import { printable } from '../printable.js';
import { mendForFailed, mendForMissing } from './brought.js';
import { type Outcome, runPlain } from './plain-process.js';
import { eachLine, isBrokenPipe, streams } from './process-output.js';

/** One process to start: an argument list, never a shell line. */
export interface Command {
  argv: readonly [string, ...string[]];
  /** Needs root: started through `sudo -n` when bench itself is not root. */
  privileged?: boolean;
  /** Only asks whether sudo would start it; root is asked nothing. See {@link requirePrivilege}. */
  askOnly?: boolean;
  /** Milliseconds until the process is ended with SIGTERM. Default two minutes. */
  timeoutMs?: number;
  /** Added to the environment, e.g. what keeps apt from asking questions. */
  env?: Readonly<Record<string, string>>;
  /** Written to standard input; without it standard input is empty. */
  input?: string;
  /** Whose standard output becomes standard input, as a pipe of a shell's; bench holds a few blocks of it at a time. */
  pipedFrom?: Command;
  /** The descriptor of an open file or pipe that standard input comes from, past bench. */
  inputFd?: number;
  /** Written to standard input as it comes, in the place of `input`; where it fails, the process is ended. */
  feed?: AsyncIterable<Uint8Array>;
  /** Reads standard output as it comes; the result then holds none of it. Where it fails, the process is ended. */
  consume?: (output: AsyncIterable<Uint8Array>) => Promise<void>;
  /** The descriptor of an open file that standard output goes to; the result then holds none of it. */
  outputFd?: number;
  /** Exit codes that are an answer and not a failure. Default only 0. */
  okExitCodes?: readonly number[];
  /** Called with each line of standard output as it arrives; one that is rewritten (`\r`) is a line each time. */
  onLine?: (line: string) => void;
  /** File descriptors handed on as 3, 4, …, e.g. one that holds a lock: it stays open until the process ends. */
  inheritFds?: readonly number[];
}

export interface CommandResult {
  /** The argument list that was really started, `sudo -n` included. */
  argv: readonly string[];
  stdout: string;
  stderr: string;
  exitCode: number;
  /** What ended it, where that was a signal. */
  signal?: string;
  durationMs: number;
}

/** Whatever can run a command: the host, or a script of answers in a unit test. */
export interface Runner {
  run(command: Command): Promise<CommandResult>;
}

/** One after the other; the first that fails ends it. */
export async function runAll(runner: Runner, commands: readonly Command[]): Promise<CommandResult[]> {
  const results: CommandResult[] = [];
  for (const command of commands) results.push(await runner.run(command));
  return results;
}

function limitsOf({ timeoutMs = 120_000 }: Command) {
  return { timeoutMs, maxBuffer: 256 * 1024 * 1024 };
}

function surroundingsOf({ env }: Command) {
  return {
    // sudo's user may not be allowed into the caller's directory, and a directory in use cannot be unmounted.
    cwd: '/',
    env: { ...process.env, LC_ALL: 'C', LANGUAGE: 'C', PATH: hostPath(), ...env },
  };
}

/** Whether it is only asked something: see {@link runPlain}. */
function isPlain({ argv, timeoutMs, okExitCodes, env, ...more }: Command): boolean {
  return Object.values(more).every((value) => value === undefined || value === false);
}

/** A process that failed: exit 1 for the operator unless a caller turns it into something better. */
export class CommandError extends VolumeError {
  constructor(
    readonly result: CommandResult,
    reason: string,
  ) {
    super('command-failed', `${formatArgv(result.argv)} ${reason}`, {
      command: result.argv,
      stderr: result.stderr,
      suggestions: mendForFailed(result.argv, result.stderr),
    });
  }
}

/** The program is not installed (ENOENT). */
export class CommandNotFoundError extends VolumeError {
  constructor(readonly program: string) {
    super('command-not-found', `${program} is not installed or not on PATH`, {
      command: [program],
      suggestions: mendForMissing(program),
    });
  }
}

/** An argument list as a person would type it; quoted only where a shell would need it. */
export function formatArgv(argv: readonly string[]): string {
  return argv
    .map((arg) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/**
 * Starts processes on this host: LC_ALL=C, no shell, no terminal, `sudo -n` where root is needed.
 * Throws {@link CommandError} for a non-zero exit, a signal or a timeout, {@link CommandNotFoundError} for a
 * missing program. `BENCH_DEBUG=1` writes every command with its time to standard error.
 */
export class HostRunner implements Runner {
  constructor(private readonly isRoot: boolean = process.geteuid?.() === 0) {}

  async run(command: Command): Promise<CommandResult> {
    if (command.askOnly && this.isRoot) return NOTHING_DONE;
    if (isPlain(command)) return this.ask(command);
    const stages = [command];
    for (let feeder = command.pipedFrom; feeder !== undefined; feeder = feeder.pipedFrom)
      stages.unshift(feeder);
    const started: Started[] = [];
    for (const stage of stages) started.push(await this.start(stage, stage !== command));
    started.slice(1).forEach(({ subprocess: { stdin } }, index) => {
      const stdout = started[index]?.subprocess.stdout;
      // Whichever of them ends, the other one cannot go on, and fails or ends, too.
      if (stdout && stdin) void pipeline(stdout, stdin).catch(() => undefined);
    });
    const results = await Promise.allSettled(started.map((each) => this.resultOf(each)));
    return outcomeOf(results);
  }

  private async ask(command: Command): Promise<CommandResult> {
    const { argv } = command;
    const started = performance.now();
    return judged(
      { command, argv, started },
      await runPlain(argv, { ...surroundingsOf(command), ...limitsOf(command) }),
    );
  }

  private async start(command: Command, feeds = false): Promise<Started> {
    const sudo =
      command.privileged && !this.isRoot ? ['sudo', '-n', ...(command.askOnly ? ['-l'] : []), '--'] : [];
    const argv = [...sudo, ...command.argv];
    const { execa: run } = await import('execa');
    return { command, argv, started: performance.now(), subprocess: spawn(run, argv, command, feeds) };
  }

  private async resultOf(started: Started): Promise<CommandResult> {
    const { command, subprocess } = started;
    if (command.onLine !== undefined) {
      await eachLine(subprocess.iterable({ from: 'stdout', binary: true }), command.onLine);
    }
    const streamed = await streams(command, subprocess);
    return judged(started, await subprocess, streamed);
  }
}

/** @param streamed what was made of its output, or of its input, where that failed: it was ended for it */
function judged(
  { command, argv, started }: Pick<Started, 'command' | 'argv' | 'started'>,
  outcome: Outcome,
  streamed: { error?: unknown } = {},
): CommandResult {
  const result: CommandResult = {
    argv,
    stdout: text(outcome.stdout),
    stderr: text(outcome.stderr),
    exitCode: outcome.exitCode ?? -1,
    ...(outcome.signal === undefined ? {} : { signal: outcome.signal }),
    durationMs: performance.now() - started,
  };
  debug(result);
  // That says more than that the process was ended for it.
  if (streamed.error !== undefined) throw streamed.error;
  if (outcome.code === 'ENOENT') throw new CommandNotFoundError(argv[0] as string);
  if (outcome.exitCode === undefined && outcome.signal === undefined)
    throw new CommandError(result, `could not be run: ${outcome.shortMessage ?? 'no reason given'}`);
  if (outcome.timedOut)
    throw new CommandError(result, `did not finish within ${limitsOf(command).timeoutMs / 1000} s`);
  if (outcome.signal !== undefined) throw new CommandError(result, `was ended by ${outcome.signal}`);
  if (!(command.okExitCodes ?? [0]).includes(result.exitCode))
    throw new CommandError(result, `failed with exit code ${result.exitCode}`);
  return result;
}

interface Started {
  command: Command;
  argv: readonly string[];
  started: number;
  subprocess: ReturnType<typeof spawn>;
}

/**
 * What came of programs that feed one another, the last of which has the result. What feeds a program that fails, fails
 * with it; one that is fed a part only may fail for that.
 */
function outcomeOf(results: readonly PromiseSettledResult<CommandResult>[]): CommandResult {
  const failed = results.flatMap((result, index) =>
    result.status === 'rejected' ? [{ result, index }] : [],
  );
  const isFollowed = (index: number) => failed.some((other) => other.index > index);
  const first = failed.find(({ result, index }) => !(isFollowed(index) && hasLostReader(result.reason)));
  if (first !== undefined) throw first.result.reason;
  const last = results.at(-1);
  if (last?.status !== 'fulfilled') throw new Error('a pipe without programs');
  return last.value;
}

function hasLostReader(error: unknown): boolean {
  return error instanceof CommandError && isBrokenPipe(error.result);
}

/** @param feeds whether its output is read by another process, and not kept */
function spawn(run: typeof execa, argv: readonly string[], command: Command, feeds: boolean) {
  const hasInput = [command.input, command.pipedFrom, command.feed].some((input) => input !== undefined);
  const isRead = feeds || command.consume !== undefined;
  const subprocess = run(argv[0] as string, argv.slice(1), {
    ...surroundingsOf(command),
    reject: false,
    timeout: limitsOf(command).timeoutMs,
    maxBuffer: limitsOf(command).maxBuffer,
    buffer: { stdout: !isRead },
    stripFinalNewline: false,
    stdio: [
      (command.inputFd ?? (hasInput ? 'pipe' : 'ignore')) as 'pipe',
      // execa's types name few descriptors, the program takes any.
      (command.outputFd ?? 'pipe') as 'pipe',
      'pipe',
      ...((command.inheritFds ?? []) as readonly 3[]),
    ],
    ...(command.input === undefined ? {} : { input: command.input }),
  });
  // Of an output that nobody reads at once execa throws away the beginning, without a word (its buffer option).
  if (isRead) subprocess.stdout?.pause();
  return subprocess;
}

const NOTHING_DONE: CommandResult = { argv: [], stdout: '', stderr: '', exitCode: 0, durationMs: 0 };

/**
 * Makes sure that a privileged command will not fail for want of privilege, before something depends on it.
 * @throws RefusedError `sudo-denied`
 */
export async function requirePrivilege(runner: Runner, command: Command): Promise<void> {
  try {
    await runner.run({ ...command, askOnly: true });
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof CommandNotFoundError)) throw error;
    throw new RefusedError(
      'sudo-denied',
      `${userInfo().username} may not run ${formatArgv(command.argv)} as root without a password. Nothing was changed.`,
      {
        ...(error.command === undefined ? {} : { command: error.command }),
        ...(error.stderr === undefined ? {} : { stderr: error.stderr }),
        suggestions: [
          'Run bench itself with sudo.',
          'The lines of sudoers that would allow it: sudo bench sudoers',
        ],
        cause: error,
      },
    );
  }
}

/** The caller's PATH plus the sbin directories, which Debian leaves out of a plain user's PATH. */
export function hostPath(): string {
  const path = (process.env.PATH ?? '/usr/bin:/bin').split(':');
  return [...path, ...['/usr/local/sbin', '/usr/sbin', '/sbin'].filter((dir) => !path.includes(dir))].join(
    ':',
  );
}

function text(output: unknown): string {
  return typeof output === 'string' ? output : '';
}

function debug(result: CommandResult): void {
  if (process.env.BENCH_DEBUG !== '1') return;
  const status = result.exitCode === 0 ? '' : ` → ${result.exitCode} ${result.stderr.trim()}`;
  process.stderr.write(
    printable(`[${result.durationMs.toFixed(0)} ms] ${formatArgv(result.argv)}${status}\n`),
  );
}
