import { type BenchError, BusyError, RefusedError, UsageError, VolumeError } from '../errors.js';
import { benchesRoot } from '../host/environment.js';
import type { Command, CommandResult, Runner } from '../host/exec.js';
import type { FailureJson } from '../output/failure.js';
import { programPath } from '../timers/timers.js';

/** A store or a host that does not answer is told so before a client gives up; in seconds. */
const LONGEST_SECONDS = 60;

/** How long such a look serves everybody, in milliseconds: it goes through the network, and costs whoever is asked. */
export const FAR_FRESH_MS = 30_000;

/** The exit codes of a command that has answered (SPEC.md section 5). */
const ANSWERED = [0, 1, 2, 3, 4] as const;

/**
 * What a command of bench prints that looks beyond this host. The unit of the server lets it reach nobody, and stays so:
 * systemd runs the command as a service of its own, as it does with operations.
 * @param argv validated, without `--json`
 * @throws BenchError what the command says; VolumeError `look-failed` where it says nothing
 */
export async function lookOutside(runner: Runner, argv: readonly string[]): Promise<object> {
  const command = outsideCommand(argv, await programPath(), benchesRoot());
  const { stdout, stderr, exitCode } = await runner.run(command);
  const printed = parsed(stdout);
  const failure = (printed as Partial<FailureJson> | undefined)?.error;
  if (failure !== undefined) throw failureOf(failure, exitCode);
  if (printed !== undefined && exitCode === 0) return printed;
  throw new VolumeError('look-failed', `bench ${argv.join(' ')} has given no answer. Nothing was changed.`, {
    command: ['bench', ...argv],
    stderr,
    suggestions: [`It is given ${LONGEST_SECONDS} s: try it on the host, bench ${argv.join(' ')}`],
  });
}

/** Pure. */
export function outsideCommand(argv: readonly string[], program: string, root: string): Command {
  return {
    argv: [
      ...(['systemd-run', '--quiet', '--collect', '--pipe', '--wait'] as const),
      '--description=bench: a look beyond this host',
      '--service-type=exec',
      `--property=RuntimeMaxSec=${LONGEST_SECONDS}`,
      '--property=UMask=0022',
      `--setenv=BENCHES_ROOT=${root}`,
      '--',
      ...[program, ...argv, '--json'].map((word) => word.replaceAll('$', '$$$$')),
    ],
    privileged: true,
    timeoutMs: (LONGEST_SECONDS + 30) * 1000,
    okExitCodes: [...ANSWERED, ...KILLED],
  };
}

/** systemd-run's own, where the command was ended: nothing was printed then. */
const KILLED = [143, 137, 255];

function failureOf(failure: FailureJson['error'], exitCode: CommandResult['exitCode']): BenchError {
  const { code, message, command, stderr, suggestions } = failure;
  const Kind = { 2: UsageError, 3: RefusedError, 4: BusyError }[exitCode] ?? VolumeError;
  return new Kind(code, message, {
    ...(command === null ? {} : { command }),
    ...(stderr === null ? {} : { stderr }),
    suggestions,
  });
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
