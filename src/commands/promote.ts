import { Args, Flags } from '@oclif/core';
import { VolumeCommand } from '../base-command.js';
import { RefusedError } from '../errors.js';
import { requireVolumeHost } from '../host/platform.js';
import { type PromoteJson, previewText, promotedText, promoteJson } from '../output/promote.js';
import { canAsk, confirmByTyping } from '../output/prompt.js';
import { tellingSteps } from '../output/step-reporter.js';
import { printable } from '../printable.js';
import { type PromotePreview, previewPromote, promote } from '../replicate/replicate.js';
import { planTimers } from '../schedule/schedule.js';

export default class Promote extends VolumeCommand {
  static override summary = 'Take up the copy of a bench of another host as a bench of this one';
  static override description =
    'Says how old the copy is, and asks. The host that sent it is asked first: while it runs the bench nothing is done, ' +
    'unless it is to be stopped there. When it comes back it sees that it has lost its right, and does not start it. ' +
    'Interrupted anywhere, run it again: it finishes.';
  static override examples = ['<%= config.bin %> promote shop --dry-run', '<%= config.bin %> promote shop'];
  static override args = { name: Args.string({ required: true, description: 'The bench' }) };
  static override flags = {
    'stop-source': Flags.boolean({
      summary: 'Stop it on the host that runs it; what that has written since the copy stays there',
    }),
    'dry-run': Flags.boolean({ summary: 'Say what would be done and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
    typed: Flags.string({
      summary: 'Where etcd does not answer, --yes is not enough: the name of the bench once more',
      helpValue: 'NAME',
    }),
  };

  async run(): Promise<PromoteJson> {
    const { args, flags } = await this.parse(Promote);
    await requireVolumeHost(this.runner);
    const request = { bench: args.name, stopSource: flags['stop-source'] };
    if (flags['dry-run']) {
      const preview = await previewPromote(request, this.runner);
      this.log(previewText(preview));
      return promoteJson(preview, true);
    }
    const promoted = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      promote({
        request,
        runner: this.runner,
        confirm: (preview) => this.confirm(preview, flags.yes, flags.typed),
        onEvent,
        beyond: planTimers,
      }),
    );
    this.log(promotedText(promoted));
    return promoteJson(promoted, false);
  }

  private async confirm(preview: PromotePreview, yes: boolean, typed: string | undefined): Promise<void> {
    const { bench, fleet } = preview;
    if (!this.jsonEnabled()) process.stderr.write(printable(`${previewText(preview)}\n`));
    // Nobody can know then whether another host has taken it up meanwhile.
    const isSure = fleet.state === 'silent' ? typed === bench : yes;
    if (isSure) return;
    if (yes && !canAsk(this.jsonEnabled()))
      throw new RefusedError(
        'fleet-lost',
        `etcd does not answer: nobody can know who has the right to run ${bench}. Nothing was changed.`,
        {
          suggestions: [
            'Wait for etcd: bench fleet hosts',
            `Where you are sure that nobody runs it: bench promote ${bench} --yes --typed ${bench}`,
          ],
        },
      );
    await confirmByTyping(bench, `Taking ${bench} up`, this.jsonEnabled());
  }
}
