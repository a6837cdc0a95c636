import { Args, Flags } from '@oclif/core';
import { BaseCommand, benchFlag } from '../base-command.js';
import { openBench } from '../bench/bench.js';
import { type CheckResult, check, LEVELS, PROBES, parseAge } from '../check/check.js';
import { requireLinux } from '../host/platform.js';
import { toBenchError } from '../output/failure.js';
import { onOneLine } from '../printable.js';

/** Nothing could be found out: never to be taken for well. */
const UNKNOWN = LEVELS.indexOf('UNKNOWN');

export default class Check extends BaseCommand {
  static override summary = 'Tell a monitoring system how a bench is: one line, and exit code 0, 1, 2 or 3';
  static override description =
    'As plugins of Nagios and Icinga do: OK, WARNING, CRITICAL, UNKNOWN, with numbers behind a bar. Of one bench, or of ' +
    `all of the host. What can be asked: ${PROBES.join(', ')}; all of them where none is named.`;
  static override examples = [
    '<%= config.bin %> check -b shop',
    '<%= config.bin %> check space -b shop --warning 85 --critical 95',
    '<%= config.bin %> check snapshots --warning-age 90m --critical-age 6h',
  ];
  static override strict = false;
  static override args = {
    what: Args.string({ description: `What to ask: ${PROBES.join(', ')}; several are allowed` }),
  };
  static override flags = {
    bench: benchFlag,
    warning: Flags.integer({
      char: 'w',
      summary: 'Percent of quota and pool',
      default: 80,
      min: 1,
      max: 100,
    }),
    critical: Flags.integer({ char: 'c', summary: 'The same', default: 95, min: 1, max: 100 }),
    'warning-age': Flags.string({
      summary: 'Of the newest snapshot and of the copy elsewhere, such as 90m, 28h, 7d',
      helpValue: 'AGE',
    }),
    'critical-age': Flags.string({ summary: 'The same', helpValue: 'AGE' }),
  };

  async run(): Promise<CheckResult> {
    const { argv, flags } = await this.parse(Check);
    requireLinux();
    const age = (text: string | undefined) => (text === undefined ? undefined : parseAge(text));
    const config =
      flags.bench === undefined
        ? undefined
        : await openBench({ bench: flags.bench, guess: false, fromRecord: true });
    const result = await check(config, this.runner, argv.map(String), {
      warningPercent: flags.warning,
      criticalPercent: flags.critical,
      warningAge: age(flags['warning-age']),
      criticalAge: age(flags['critical-age']),
    });
    this.log(result.line);
    process.exitCode = result.exit;
    return result;
  }

  /** Monitoring reads standard output, and takes any other exit code for another state. */
  protected override async catch(error: unknown): Promise<void> {
    if (this.jsonEnabled()) await super.catch(error);
    else this.log(`BENCH UNKNOWN - ${onOneLine(toBenchError(error).message).replaceAll('|', '/')}`);
    process.exitCode = UNKNOWN;
  }
}
