import { Flags } from '@oclif/core';
import { BaseCommand, benchFlag } from '../base-command.js';
import { RefusedError } from '../errors.js';
import { requireVolumeHost } from '../host/platform.js';
import { ask, canAsk } from '../output/prompt.js';
import { planJson, planText, reportStep } from '../output/steps.js';
import { initLocked, planNext } from '../volume-manager/init.js';
import type { Plan } from '../volume-manager/plan.js';

export default class Init extends BaseCommand {
  static override summary = 'Provision a bench: pool, dataset, mounts, MariaDB instance, directories';
  static override description =
    'Looks at the system, says what is missing, and does just that. Interrupted anywhere, run it again: it finishes. ' +
    'Existing files and databases are copied into the dataset, compared, and the originals moved aside, never deleted.';
  static override examples = [
    '<%= config.bin %> init -b shop --dry-run',
    '<%= config.bin %> init -b shop',
    '<%= config.bin %> init -b shop --yes --json',
  ];
  static override flags = {
    bench: benchFlag,
    'dry-run': Flags.boolean({ summary: 'Print the plan with its exact commands and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask before the plan is carried out' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Init);
    await requireVolumeHost('init');
    const config = await this.openBench(flags.bench, false);
    if (flags['dry-run']) {
      const plan = await planNext(config, this.runner);
      this.log(plan.steps.length === 0 ? `Bench ${config.name} is complete: nothing to do.` : planText(plan));
      return { bench: config.name, dryRun: true, ...planJson(plan) };
    }
    const result = await initLocked({
      name: config.name,
      runner: this.runner,
      reload: () => this.openBench(config.name, false),
      confirm: (plan) => this.confirm(plan, flags.yes),
      onEvent: this.jsonEnabled() ? () => undefined : reportStep,
    });
    for (const note of result.notes) this.log(`Note: ${note}`);
    this.log(
      result.steps.length === 0
        ? `Bench ${config.name} is complete: nothing to do.`
        : `Bench ${config.name} is ready. Next: bench volume status -b ${config.name}`,
    );
    return {
      bench: config.name,
      changed: result.steps.length > 0,
      ...planJson({ ...result, complete: true }),
    };
  }

  /** On a terminal the plan is shown and agreed to; scripts get no prompt, and init destroys nothing. */
  private async confirm(plan: Plan, yes: boolean): Promise<void> {
    if (yes || !canAsk(this.jsonEnabled())) return;
    process.stderr.write(`${planText(plan)}\n`);
    if (/^y(es)?$/i.test((await ask('Carry this out? [y/N] ')).trim())) return;
    throw new RefusedError('not-confirmed', 'The plan was not agreed to. Nothing was changed.');
  }
}
