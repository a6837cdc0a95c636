import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { confirmByTyping } from '../../output/prompt.js';
import { pruneText } from '../../output/schedule.js';
import { type PruneResult, previewPrune, prune } from '../../schedule/schedule.js';

export default class VolumePrune extends VolumeCommand {
  static override summary = 'Destroy the scheduled snapshots that no rule of bench.toml keeps';
  static override description =
    'Only snapshots that the schedule has made, which are neither pinned nor held nor cloned; never the newest. ' +
    'With --dry-run each snapshot is shown with what keeps it.';
  static override examples = [
    '<%= config.bin %> volume prune -b shop --dry-run',
    '<%= config.bin %> volume prune -b shop --yes',
  ];
  static override flags = {
    bench: benchFlag,
    'dry-run': Flags.boolean({ summary: 'Show what would go and what keeps the rest, and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<PruneResult> {
    const { flags } = await this.parse(VolumePrune);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    if (flags['dry-run']) {
      const preview = await previewPrune(config, this.runner);
      this.log(pruneText(preview));
      return preview;
    }
    if (!flags.yes) {
      this.logToStderr(pruneText(await previewPrune(config, this.runner)));
      await confirmByTyping('prune', 'Pruning', this.jsonEnabled());
    }
    const result = await prune(config, this.runner);
    this.log(pruneText(result));
    return result;
  }
}
