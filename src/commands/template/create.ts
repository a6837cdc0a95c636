import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { createTemplate, previewTemplate } from '../../clone/clone.js';
import { requireVolumeHost } from '../../host/platform.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { planJson, planText } from '../../output/steps.js';
import { type TemplateCreateReport, templateCreatedText } from '../../output/template.js';

export default class TemplateCreate extends BaseCommand {
  static override summary = 'Make a template of a bench, as it is now, from which clones can be made';
  static override description =
    'It is read-only, and shares its blocks with the bench: it costs what changes in the bench from now on.';
  static override examples = [
    '<%= config.bin %> template create shop base',
    '<%= config.bin %> template create shop base --dry-run',
  ];
  static override args = {
    bench: Args.string({ required: true, description: 'The bench that it is made of' }),
    name: Args.string({ required: true, description: 'Name of the template, a letter first' }),
  };
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Print the plan with its exact commands and change nothing' }),
  };

  async run(): Promise<TemplateCreateReport> {
    const { args, flags } = await this.parse(TemplateCreate);
    await requireVolumeHost(this.runner);
    if (flags['dry-run']) {
      const plan = await previewTemplate(args.bench, args.name, this.runner);
      this.log(planText(plan));
      return { bench: args.bench, dryRun: true, ...planJson(plan) };
    }
    const created = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      createTemplate(args.bench, args.name, this.runner, onEvent),
    );
    this.log(templateCreatedText(created));
    return created;
  }
}
