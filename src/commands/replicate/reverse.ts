import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { type ReverseJson, reversedText, reverseJson } from '../../output/promote.js';
import { confirmByTyping } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { previewReverse, reverse } from '../../replicate/replicate.js';

export default class ReplicateReverse extends VolumeCommand {
  static override summary = 'Let this host follow the one that has taken its bench up';
  static override description =
    'What this host has becomes a copy, from the newest moment that both have; what it has written after that is set ' +
    'aside, and not lost. From then on the other host sends here.';
  static override examples = ['<%= config.bin %> replicate reverse -b shop --dry-run'];
  static override flags = {
    bench: benchFlag,
    'dry-run': Flags.boolean({ summary: 'Say what would be done and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<ReverseJson> {
    const { flags } = await this.parse(ReplicateReverse);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    if (flags['dry-run'] || !flags.yes) {
      const preview = await previewReverse(config, this.runner);
      if (flags['dry-run']) {
        this.log(reversedText(preview, true));
        return reverseJson(preview, true);
      }
      this.logToStderr(reversedText(preview, true));
      await confirmByTyping(config.name, 'Turning it round', this.jsonEnabled());
    }
    const reversed = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      reverse(config, this.runner, onEvent),
    );
    this.log(reversedText(reversed, false));
    return reverseJson(reversed, false);
  }
}
