import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { deleteTemplate, previewDelete, type TemplateDeleted } from '../../clone/clone.js';
import { requireVolumeHost } from '../../host/platform.js';
import { confirmByTyping } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { templateDeleteText } from '../../output/template.js';

export default class TemplateDelete extends BaseCommand {
  static override summary = 'Destroy a template; refused while it has clones';
  static override examples = ['<%= config.bin %> template delete base'];
  static override args = { name: Args.string({ required: true, description: 'Name of the template' }) };
  static override flags = { yes: Flags.boolean({ char: 'y', summary: 'Do not ask: it is gone for good' }) };

  async run(): Promise<TemplateDeleted> {
    const { args, flags } = await this.parse(TemplateDelete);
    await requireVolumeHost(this.runner);
    this.logToStderr(templateDeleteText(await previewDelete(args.name, this.runner)));
    if (!flags.yes) await confirmByTyping(args.name, 'Deleting a template', this.jsonEnabled());
    const deleted = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      deleteTemplate(args.name, this.runner, onEvent),
    );
    this.log(`Deleted the template ${deleted.template}.`);
    return deleted;
  }
}
