import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { copyStatusText } from '../../output/replicate.js';
import { type CopyStatus, copyStatus } from '../../replicate/replicate.js';

export default class ReplicateStatus extends VolumeCommand {
  static override summary = 'Show how far behind the copy of a bench on another host is, in time and bytes';
  static override description = 'Asks the other host; with --local only what the last run has written down.';
  static override examples = ['<%= config.bin %> replicate status -b shop'];
  static override flags = {
    bench: benchFlag,
    local: Flags.boolean({ summary: 'Do not ask the other host' }),
  };

  async run(): Promise<CopyStatus> {
    const { flags } = await this.parse(ReplicateStatus);
    const config = await this.openBench(flags.bench, true);
    const status = await copyStatus(config, this.runner, !flags.local);
    this.log(copyStatusText(status));
    return status;
  }
}
