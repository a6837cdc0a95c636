import { Args } from '@oclif/core';
import { previewTemplatePromotion, promoteTemplate } from '../../clone/clone.js';
import type { PromoteReport } from '../../output/clone.js';
import { PromoteCommand, promoteFlags } from '../../promote-command.js';

export default class TemplatePromote extends PromoteCommand {
  static override summary = 'Make a template independent of the bench that it was made of';
  static override examples = [
    '<%= config.bin %> template promote base',
    '<%= config.bin %> template promote base --dry-run',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name of the template' }) };
  static override flags = promoteFlags;

  async run(): Promise<PromoteReport> {
    const { args, flags } = await this.parse(TemplatePromote);
    return this.promote(
      flags,
      () => previewTemplatePromotion(args.name, this.runner),
      (onEvent) => promoteTemplate(args.name, this.runner, onEvent),
    );
  }
}
