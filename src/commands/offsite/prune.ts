import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import type { CopyPruneResult } from '../../offsite/offsite.js';
import { copyPruneText } from '../../output/offsite.js';
import { confirmByTyping } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';

export default class OffsitePrune extends VolumeCommand {
  static override summary = 'Delete the copies of a bench that no rule of bench.toml keeps';
  static override description =
    'What a copy that stays builds on stays, and the newest always does. With --dry-run each copy is shown with what ' +
    'keeps it. What pushes that were cut off have left is taken away, too.';
  static override examples = [
    '<%= config.bin %> offsite prune -b shop --dry-run',
    '<%= config.bin %> offsite prune -b shop --yes',
  ];
  static override flags = {
    bench: benchFlag,
    'dry-run': Flags.boolean({ summary: 'Show what would go and what keeps the rest, and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<CopyPruneResult> {
    const { flags } = await this.parse(OffsitePrune);
    const config = await this.openBench(flags.bench, false);
    const { pruneCopies } = await import('../../offsite/offsite.js');
    if (flags['dry-run']) {
      const preview = await pruneCopies(config, this.runner, { dryRun: true });
      this.log(copyPruneText(preview));
      return preview;
    }
    if (!flags.yes) {
      this.logToStderr(copyPruneText(await pruneCopies(config, this.runner, { dryRun: true })));
      await confirmByTyping('prune', 'Pruning', this.jsonEnabled());
    }
    const result = await tellingSteps(this.jsonEnabled(), (onStep) =>
      pruneCopies(config, this.runner, { dryRun: false, onStep }),
    );
    this.log(copyPruneText(result));
    return result;
  }
}
