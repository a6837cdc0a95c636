import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { type Promotion, previewTemplatePromotion, promoteTemplate } from '../../clone/clone.js';
import { RefusedError } from '../../errors.js';
import { requireVolumeHost } from '../../host/platform.js';
import { type PromoteReport, promotedText, promoteReport, promotionText } from '../../output/clone.js';
import { ask, canAsk, requireTerminal } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';

export default class TemplatePromote extends BaseCommand {
  static override summary = 'Make a template independent of the bench that it was made of';
  static override description =
    'The snapshots that both share go over to it, and what it was made of depends on it from then on. Nothing is ' +
    'copied, and both run on meanwhile.';
  static override examples = [
    '<%= config.bin %> template promote base',
    '<%= config.bin %> template promote base --dry-run',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name of the template' }) };
  static override flags = {
    'dry-run': Flags.boolean({
      summary: 'Print what would be done with its exact commands and change nothing',
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask: the snapshots go over' }),
  };

  async run(): Promise<PromoteReport> {
    const { args, flags } = await this.parse(TemplatePromote);
    await requireVolumeHost(this.runner);
    const promotion = await previewTemplatePromotion(args.name, this.runner);
    this.logToStderr(promotionText(promotion));
    if (flags['dry-run']) return { dryRun: true, ...promoteReport(promotion) };
    if (!flags.yes) await this.confirm(promotion);
    const done = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      promoteTemplate(args.name, this.runner, onEvent),
    );
    this.log(promotedText(done));
    return { changed: true, ...promoteReport(done) };
  }

  private async confirm(promotion: Promotion): Promise<void> {
    requireTerminal(`Promoting ${promotion.dataset}`, this.jsonEnabled());
    if (canAsk(this.jsonEnabled()) && /^y(es)?$/i.test((await ask('Carry this out? [y/N] ')).trim())) return;
    throw new RefusedError('not-confirmed', 'It was not agreed to. Nothing was changed.');
  }
}
