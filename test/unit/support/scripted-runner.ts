import {
  type Command,
  CommandError,
  CommandNotFoundError,
  type CommandResult,
  formatArgv,
  type Runner,
} from '../../../src/host/exec.js';

/** One answer of a program that is not really started. */
export interface ScriptedAnswer {
  argv: readonly string[];
  stdout?: string;
  stderr?: string;
  /** Default 0. */
  exitCode?: number;
  /** The program is not installed: {@link CommandNotFoundError}. */
  notFound?: boolean;
}

/**
 * A runner that knows only its script: it throws on any argument list that is not in it.
 * Several answers to one argument list are given in their order; the last of them stays.
 * A non-zero exit code becomes a {@link CommandError} exactly as on the host, unless `okExitCodes` allows it.
 */
export class ScriptedRunner implements Runner {
  /** Every command that was asked for, in order. */
  readonly commands: Command[] = [];
  private readonly script: ScriptedAnswer[];

  constructor(script: readonly ScriptedAnswer[] = []) {
    this.script = [...script];
  }

  /** The argument lists that were asked for, as a person would type them. */
  get lines(): string[] {
    return this.commands.map((command) => formatArgv(command.argv));
  }

  async run(command: Command): Promise<CommandResult> {
    if (command.pipedFrom !== undefined) await this.run(command.pipedFrom);
    this.commands.push(command);
    const answer = this.take(command.argv);
    if (answer.notFound) throw new CommandNotFoundError(command.argv[0]);
    const result: CommandResult = {
      argv: command.argv,
      stdout: answer.stdout ?? '',
      stderr: answer.stderr ?? '',
      exitCode: answer.exitCode ?? 0,
      durationMs: 0,
    };
    if (command.onLine !== undefined && result.stdout !== '') {
      for (const line of result.stdout.replace(/\n$/, '').split('\n')) command.onLine(line);
    }
    if (!(command.okExitCodes ?? [0]).includes(result.exitCode)) {
      throw new CommandError(result, `failed with exit code ${result.exitCode}`);
    }
    return result;
  }

  private take(argv: readonly string[]): ScriptedAnswer {
    const matches = this.script.filter(
      (entry) => entry.argv.length === argv.length && entry.argv.every((arg, index) => arg === argv[index]),
    );
    const [answer] = matches;
    if (answer === undefined) {
      throw new Error(
        `not in the script: ${formatArgv(argv)}\nthe script knows:\n${this.script
          .map((entry) => `  ${formatArgv(entry.argv)}`)
          .join('\n')}`,
      );
    }
    if (matches.length > 1) this.script.splice(this.script.indexOf(answer), 1);
    return answer;
  }
}
