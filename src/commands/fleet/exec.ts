import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { durationMs } from '../../config/duration.js';
import { HOST_CONFIG, readFleet } from '../../config/host-config.js';
import { EXIT, UsageError } from '../../errors.js';
import { type Executed, exec, type HostResult, readHosts } from '../../fleet/fleet.js';
import { limitFlag } from '../../fleet-flags.js';
import { catchSignals } from '../../host/interrupt.js';
import { remoteHost } from '../../names.js';
import { executedText, resultLine } from '../../output/fleet.js';
import { withFleet } from '../../ownership/ownership.js';

export default class FleetExec extends VolumeCommand {
  static override summary = 'Run a command of bench on all hosts of the fleet, or on some';
  static override description =
    'By ssh, with your own keys, to hosts whose keys you know; one connection each, which is kept for a minute. Hosts ' +
    'that give the same answer are shown once. Ctrl-C ends what it has started. Exit code: 0 all well, 1 it failed on a ' +
    'host, 12 a host cannot be reached, 13 a host has not answered in time, 130 interrupted.';
  static override examples = [
    '<%= config.bin %> fleet exec -- bench list',
    '<%= config.bin %> fleet exec --limit role=prod --parallel 8 --max-fail 1 -- bench volume status -b shop',
    '<%= config.bin %> fleet exec --host web1 --host web2 --stream -- bench check',
  ];
  static override strict = false;
  static override flags = {
    limit: limitFlag,
    host: Flags.string({
      summary: 'As ssh knows it, without asking etcd; may be repeated',
      helpValue: 'HOST',
      multiple: true,
      exclusive: ['limit'],
    }),
    parallel: Flags.integer({ summary: 'How many hosts at once', default: 32, min: 1, max: 256 }),
    'max-fail': Flags.integer({
      summary: 'After so many hosts that were not well no other one is begun with',
      min: 1,
    }),
    timeout: Flags.string({ summary: 'For each host, at most 1h', default: '5m', helpValue: 'TIME' }),
    stream: Flags.boolean({
      summary: 'Print a line of JSON for each host as its answer comes',
      exclusive: ['json'],
    }),
  };

  async run(): Promise<Executed> {
    const { argv, flags } = await this.parse(FleetExec);
    const timeoutMs = durationMs(flags.timeout);
    if (timeoutMs === undefined)
      throw new UsageError('wrong-usage', '--timeout needs a time such as 60s or 5m, at most one hour.');
    const { hosts, here } = await this.hosts(flags.host, flags.limit);
    if (hosts.length === 0)
      throw new UsageError('selector-nothing', 'The fleet has no such host.', {
        suggestions: ['bench fleet hosts'],
      });
    const stopping = new AbortController();
    const release = catchSignals(() => stopping.abort());
    try {
      const executed = await exec(this.runner, {
        hosts,
        here,
        argv: wordsOf(this.argv) ?? argv.map(String),
        parallel: flags.parallel,
        maxFail: flags['max-fail'] ?? Number.POSITIVE_INFINITY,
        timeoutMs,
        stop: stopping.signal,
        onResult: (result) => this.tell(result, flags.stream),
      });
      if (!flags.stream) this.log(executedText(executed));
      process.exitCode = stopping.signal.aborted ? EXIT.interrupted : exitCodeOf(executed);
      return executed;
    } finally {
      release();
    }
  }

  private async hosts(named: string[] | undefined, limit: string | undefined) {
    if (named === undefined)
      return withFleet(async (fleet) => ({ hosts: await readHosts(fleet, limit), here: fleet.config.name }));
    for (const name of named) {
      const wrong = remoteHost(name);
      if (wrong !== undefined)
        throw new UsageError('host-invalid', `--host ${JSON.stringify(name)} ${wrong}.`, {
          suggestions: [`[fleet] in ${HOST_CONFIG}`],
        });
    }
    const here = (await readFleet())?.name;
    return { hosts: [...new Set(named)].map((name) => ({ name, address: name })), here };
  }

  private tell(result: HostResult, stream: boolean): void {
    if (stream) process.stdout.write(`${JSON.stringify(result)}\n`);
    else if (!this.jsonEnabled()) this.logToStderr(resultLine(result));
  }
}

/** Behind `--`, as they were typed: a `--json` among them is that command's. */
function wordsOf(argv: readonly string[]): string[] | undefined {
  const end = argv.indexOf('--');
  return end === -1 ? undefined : argv.slice(end + 1);
}

function exitCodeOf({ counts }: Executed): number {
  if (counts.failed > 0) return EXIT.failed;
  if (counts.unreachable > 0) return EXIT.unreachable;
  return counts.hung > 0 ? EXIT.hung : EXIT.done;
}
