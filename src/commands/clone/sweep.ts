import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { sweepClones } from '../../clone/clone.js';
import { dropBench, previewDrop } from '../../drop/drop.js';
import { requireVolumeHost } from '../../host/platform.js';
import { type SweepReport, sweptText } from '../../output/clone.js';
import { tellingSteps } from '../../output/step-reporter.js';

export default class CloneSweep extends BaseCommand {
  static override summary = 'Drop clones whose time is over; a timer does this';
  static override description =
    'Never one that is protected, that somebody is connected to or has files open of, or that has clones itself.';
  static override examples = ['<%= config.bin %> clone sweep', '<%= config.bin %> clone sweep --dry-run'];
  static override flags = {
    limit: Flags.integer({ summary: 'Drop at most so many', default: 10, min: 1, max: 1000 }),
    'dry-run': Flags.boolean({ summary: 'Say which would go, and which would stay and why; change nothing' }),
  };

  async run(): Promise<SweepReport> {
    const { flags } = await this.parse(CloneSweep);
    await requireVolumeHost(this.runner);
    const isDry = flags['dry-run'];
    const swept = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      sweepClones({
        runner: this.runner,
        most: flags.limit,
        onEvent,
        drop: (name, recheck) => dropBench({ name, runner: this.runner, unattended: true, recheck, onEvent }),
        ...(isDry ? { preview: (name) => previewDrop(name, this.runner, { preserve: false, forget: false }) } : {}),
      }),
    );
    this.log(sweptText(swept, isDry));
    return isDry ? { ...swept, dryRun: true } : swept;
  }
}
