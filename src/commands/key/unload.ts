import { Flags } from '@oclif/core';
import { BaseCommand, benchFlag } from '../../base-command.js';
import { planUnload, type Unloaded, unloadBenchKey } from '../../encryption/encryption.js';
import { RefusedError } from '../../errors.js';
import { requireVolumeHost } from '../../host/platform.js';
import { unloadedText, unloadText } from '../../output/key.js';
import { agrees, requireTerminal } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { type PlanJson, planJson, planText } from '../../output/steps.js';

export type UnloadJson = Unloaded | ({ bench: string; dryRun: true } & PlanJson);

export default class KeyUnload extends BaseCommand {
  static override summary = 'Stop an encrypted bench, unmount it, and forget its key';
  static override examples = [
    '<%= config.bin %> key unload -b shop --dry-run',
    '<%= config.bin %> key unload -b shop --yes',
  ];
  static override flags = {
    bench: benchFlag,
    'dry-run': Flags.boolean({
      summary: 'Print what would be done with its exact commands and change nothing',
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask: the bench is stopped' }),
  };

  async run(): Promise<UnloadJson> {
    const { flags } = await this.parse(KeyUnload);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const plan = await planUnload(config, this.runner);
    const whole = { steps: plan.steps, notes: [], complete: true };
    if (flags['dry-run']) {
      this.log(planText(whole));
      return { bench: config.name, dryRun: true, ...planJson(whole) };
    }
    if (!flags.yes) {
      this.logToStderr(`${planText(whole)}\n${unloadText(plan)}`);
      requireTerminal('Unloading a key', this.jsonEnabled());
      if (!(await agrees()))
        throw new RefusedError('not-confirmed', 'It was not agreed to. Nothing was changed.');
    }
    const unloaded = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      unloadBenchKey(config, this.runner, onEvent),
    );
    this.log(unloadedText(unloaded));
    return unloaded;
  }
}
