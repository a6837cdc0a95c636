import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { openBench } from '../../bench/bench.js';
import { EXIT, UsageError } from '../../errors.js';
import { canDraw } from '../../output/terminal.js';
import { statusText } from '../../output/text.js';
import { readStatus, type Status } from '../../status/status.js';
import * as Ui from '../../ui/ui.js';

export default class VolumeStatus extends VolumeCommand {
  static override summary =
    'Show pool, dataset, mounts, MariaDB, last snapshot, and problems with their mends';
  static override examples = [
    '<%= config.bin %> volume status',
    '<%= config.bin %> volume status -b shop --watch',
    '<%= config.bin %> volume status -b shop --json',
  ];
  static override flags = {
    bench: benchFlag,
    watch: Flags.boolean({ summary: 'Keep looking: space, IO, snapshots and problems until q is typed' }),
  };

  async run(): Promise<Status> {
    const { flags } = await this.parse(VolumeStatus);
    if (flags.watch) this.requireScreen();
    const config = await openBench({ bench: flags.bench, guess: true, fromRecord: true });
    if (flags.watch) {
      await Ui.showDashboard(config, this.runner);
      // What was asked of a pool may never be answered: nobody waits for that.
      process.exit(EXIT.done);
    }
    const status = await readStatus(config, this.runner);
    this.log(statusText(status));
    return status;
  }

  private requireScreen(): void {
    if (canDraw(this.jsonEnabled())) return;
    throw new UsageError(
      'watch-needs-terminal',
      '--watch draws on a terminal: it goes neither with --json nor where input or output is none (or TERM=dumb).',
      { suggestions: ['For a script: bench volume status --json, as often as you like.'] },
    );
  }
}
