import { Command, type Config, Flags } from '@oclif/core';
import { openBench } from './bench/bench.js';
import type { BenchConfig } from './config/config.js';
import { HostRunner } from './host/exec.js';
import { requireLinux } from './host/platform.js';
import { reportFailure } from './output/failure.js';
import { printable } from './printable.js';

/** `-b/--bench`, the same in every command. */
export const benchFlag = Flags.string({
  char: 'b',
  summary: 'Name of the bench; default is the one whose directory you are in, else the only one there is',
  helpValue: 'NAME',
});

/** `--volume`, in the commands that a bench and a data volume have in common. */
export const volumeFlag = Flags.string({
  summary: 'A data volume, by name or id, instead of a bench',
  helpValue: 'NAME',
  exclusive: ['bench'],
});

/** What every command shares: `--json`, the way from flags to a loaded bench.toml, and errors to exit codes. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  /** With the configuration that is there: oclif's own would load it once more. */
  static override run<T extends Command>(
    this: new (
      argv: string[],
      config: Config,
    ) => T,
    argv: string[],
    config: Config,
  ): Promise<ReturnType<T['run']>> {
    return (new this(argv, config) as unknown as BaseCommand)._run();
  }

  protected readonly runner = new HostRunner();

  /**
   * Finds the bench and loads its configuration.
   * @param guess whether the only bench of the host may be meant where none is named; never for what destroys
   */
  protected openBench(bench: string | undefined, guess: boolean): Promise<BenchConfig> {
    return openBench({ bench, guess });
  }

  /** Reports instead of throwing on: oclif would print a trace, and all of its Config in JSON. */
  protected override async catch(error: unknown): Promise<void> {
    reportFailure(error, { json: this.jsonEnabled() });
  }

  /** Values of bench.toml, of ZFS and of other people's processes are in it: nothing but text reaches the terminal. */
  override log(message: string): void {
    super.log(printable(message));
  }

  override logToStderr(message: string): void {
    super.logToStderr(printable(message));
  }

  /** Plain JSON, not oclif's coloured one: what is piped and what is seen are the same. */
  protected override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }
}

/** What the commands below `bench volume` share: elsewhere than on Linux each ends at once. */
export abstract class VolumeCommand extends BaseCommand {
  protected override async init(): Promise<void> {
    await super.init();
    requireLinux();
  }
}
