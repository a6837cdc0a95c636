import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { releaseClone } from '../../clone/clone.js';
import { requireVolumeHost } from '../../host/platform.js';
import { type ReleaseReport, releaseReport, releaseText } from '../../output/clone.js';
import { confirmByTyping } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';

export default class CloneRelease extends BaseCommand {
  static override summary = 'Let events and replicas of a clone run that was held, because nothing mutes it';
  static override description =
    'A clone whose [clone] names nothing to run keeps its event scheduler and replicas off. This starts its MariaDB ' +
    'anew with its own settings: only where nothing in it can act as its source would.';
  static override examples = ['<%= config.bin %> clone release try'];
  static override args = { name: Args.string({ required: true, description: 'Name of the clone' }) };
  static override flags = {
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask: what is in it may act' }),
  };

  async run(): Promise<ReleaseReport> {
    const { args, flags } = await this.parse(CloneRelease);
    await requireVolumeHost(this.runner);
    if (!flags.yes) await confirmByTyping(args.name, 'Letting a clone act', this.jsonEnabled());
    const released = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      releaseClone(args.name, this.runner, onEvent),
    );
    this.log(releaseText(released));
    return releaseReport(released);
  }
}
