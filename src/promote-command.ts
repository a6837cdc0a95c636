import { Flags } from '@oclif/core';
import { BaseCommand } from './base-command.js';
import type { Promotion } from './clone/clone.js';
import { RefusedError } from './errors.js';
import { requireVolumeHost } from './host/platform.js';
import { type PromoteReport, promotedText, promoteReport, promotionText } from './output/clone.js';
import { agrees, requireTerminal } from './output/prompt.js';
import { tellingSteps } from './output/step-reporter.js';
import type { OnStep } from './steps/steps.js';

/** What every command that promotes can be told. */
export const promoteFlags = {
  'dry-run': Flags.boolean({
    summary: 'Print what would be done with its exact commands and change nothing',
  }),
  yes: Flags.boolean({ char: 'y', summary: 'Do not ask: the snapshots go over' }),
};

/** What a clone and a template have in common when they are made independent. */
export abstract class PromoteCommand extends BaseCommand {
  static override description =
    'The snapshots that both share go over to it, and what it was made of depends on it from then on. Nothing is ' +
    'copied, and both run on meanwhile.';

  protected async promote(
    flags: { 'dry-run': boolean; yes: boolean },
    preview: () => Promise<Promotion>,
    carryOut: (onEvent: OnStep) => Promise<Promotion>,
  ): Promise<PromoteReport> {
    await requireVolumeHost(this.runner);
    const promotion = await preview();
    this.logToStderr(promotionText(promotion));
    if (flags['dry-run']) return { dryRun: true, ...promoteReport(promotion) };
    if (!flags.yes) await this.confirm(promotion);
    const done = await tellingSteps(this.jsonEnabled(), carryOut);
    this.log(promotedText(done));
    return { changed: true, ...promoteReport(done) };
  }

  private async confirm(promotion: Promotion): Promise<void> {
    requireTerminal(`Promoting ${promotion.dataset}`, this.jsonEnabled());
    if (await agrees()) return;
    throw new RefusedError('not-confirmed', 'It was not agreed to. Nothing was changed.');
  }
}
