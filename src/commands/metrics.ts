import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { requireLinux, requireVolumeHost } from '../host/platform.js';
import { type MetricsResult, readMetrics, writeMetrics } from '../metrics/metrics.js';

export default class Metrics extends BaseCommand {
  static override summary = 'Print figures of all benches for Prometheus, or write them for node_exporter';
  static override description =
    'With --textfile they are written as bench.prom, as a whole or not at all, and sizes are remembered for forecasts. ' +
    'The cost does not grow with the number of snapshots.';
  static override examples = [
    '<%= config.bin %> metrics',
    '<%= config.bin %> metrics --textfile /var/lib/prometheus/node-exporter',
  ];
  static override flags = {
    textfile: Flags.string({
      summary: 'Write into this directory of node_exporter instead',
      helpValue: 'DIR',
    }),
  };

  async run(): Promise<MetricsResult> {
    const { flags } = await this.parse(Metrics);
    requireLinux();
    if (flags.textfile !== undefined) await requireVolumeHost(this.runner);
    const result =
      flags.textfile === undefined
        ? await readMetrics(this.runner)
        : await writeMetrics(this.runner, flags.textfile);
    this.log(
      result.file === null ? result.text.trimEnd() : `Wrote ${result.series} figures to ${result.file}`,
    );
    return result;
  }
}
