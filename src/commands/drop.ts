import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { dropBench, previewDrop } from '../drop/drop.js';
import { requireLinux, requireVolumeHost } from '../host/platform.js';
import { type DropReport, dropPreviewText, droppedText, dropReport } from '../output/drop.js';
import { confirmByTyping } from '../output/prompt.js';
import { tellingSteps } from '../output/step-reporter.js';
import { planText } from '../output/steps.js';

export default class Drop extends BaseCommand {
  static override summary =
    'Take a bench from this host: services, files on the host and, for good, its dataset';
  static override description =
    'Shows what will be lost and asks for its name to be typed. Its data volumes stay and become available; the pool ' +
    'stays. With --preserve-storage the dataset stays, too, with every snapshot, and bench init --from-volume takes it ' +
    'up again. Refused while clones or templates depend on it, and while processes use it. With --forget a bench whose pool is lost for good is taken from ' +
    'the host, refused where the pool is found anywhere. Interrupted anywhere, run it again: it finishes.';
  static override examples = [
    '<%= config.bin %> drop shop',
    '<%= config.bin %> drop shop --preserve-storage',
    '<%= config.bin %> drop shop --dry-run',
    '<%= config.bin %> drop try --yes',
    '<%= config.bin %> drop shop --forget',
  ];
  static override args = { bench: Args.string({ required: true, description: 'Name of the bench' }) };
  static override flags = {
    'preserve-storage': Flags.boolean({
      summary: 'Keep its dataset with every snapshot, to be taken up again',
    }),
    forget: Flags.boolean({
      summary: 'Its pool is lost for good: only what is left of it on this host is taken away',
      exclusive: ['preserve-storage'],
    }),
    'dry-run': Flags.boolean({ summary: 'Print the plan with its exact commands and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask: what is shown is lost' }),
  };

  async run(): Promise<DropReport> {
    const { args, flags } = await this.parse(Drop);
    requireLinux();
    await requireVolumeHost(this.runner);
    const { forget, 'preserve-storage': preserve } = flags;
    const preview = await previewDrop(args.bench, this.runner, { preserve, forget });
    this.logToStderr(dropPreviewText(preview));
    if (flags['dry-run']) {
      this.log(planText({ steps: preview.steps, notes: [], complete: true }));
      return { dryRun: true, ...dropReport(preview) };
    }
    if (!flags.yes) await confirmByTyping(args.bench, 'Dropping a bench', this.jsonEnabled());
    const dropped = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      dropBench({ name: args.bench, runner: this.runner, preserve, forget, confirmed: preview, onEvent }),
    );
    this.log(droppedText(dropped));
    return { changed: true, ...dropReport(dropped) };
  }
}
