import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { previewReset, type ResetResult, resetClone } from '../../clone/clone.js';
import { requireVolumeHost } from '../../host/platform.js';
import { resetText } from '../../output/clone.js';
import { confirmByTyping } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { restorePreviewText } from '../../output/text.js';

export default class CloneReset extends BaseCommand {
  static override summary = 'Bring a clone back to what it was when it was made, in seconds';
  static override description =
    'Shows what will be lost and asks for its name to be typed. What [clone] names runs on it again before it may act.';
  static override examples = ['<%= config.bin %> clone reset try', '<%= config.bin %> clone reset try --yes'];
  static override args = { name: Args.string({ required: true, description: 'Name of the clone' }) };
  static override flags = {
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask: all that is newer than the clone is lost' }),
  };

  async run(): Promise<ResetResult> {
    const { args, flags } = await this.parse(CloneReset);
    await requireVolumeHost(this.runner);
    const preview = await previewReset(args.name, this.runner);
    this.logToStderr(restorePreviewText(preview));
    if (!flags.yes) await confirmByTyping(args.name, 'A reset', this.jsonEnabled());
    const result = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      resetClone(args.name, this.runner, preview, onEvent),
    );
    this.log(resetText(result));
    return result;
  }
}
