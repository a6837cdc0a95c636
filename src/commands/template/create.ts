import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { createTemplate, type TemplateCreated } from '../../clone/clone.js';
import { requireVolumeHost } from '../../host/platform.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { templateCreatedText } from '../../output/template.js';

export default class TemplateCreate extends BaseCommand {
  static override summary = 'Make a template of a bench, as it is now, from which clones can be made';
  static override description =
    'It is read-only, and shares its blocks with the bench: it costs what changes in the bench from now on.';
  static override examples = ['<%= config.bin %> template create shop base'];
  static override args = {
    bench: Args.string({ required: true, description: 'The bench that it is made of' }),
    name: Args.string({ required: true, description: 'Name of the template, a letter first' }),
  };

  async run(): Promise<TemplateCreated> {
    const { args } = await this.parse(TemplateCreate);
    await requireVolumeHost(this.runner);
    const created = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      createTemplate(args.bench, args.name, this.runner, onEvent),
    );
    this.log(templateCreatedText(created));
    return created;
  }
}
