import { Flags } from '@oclif/core';
import { disableAdmin, readAdmin } from '../../api/api.js';
import { VolumeCommand } from '../../base-command.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { planJson, planText } from '../../output/steps.js';
import type { AdminChange } from './enable.js';

export default class AdminDisable extends VolumeCommand {
  static override summary = 'Take API and page away; benches, operations that run, and tokens stay';
  static override examples = ['<%= config.bin %> admin disable'];
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Print what would be done and change nothing' }),
  };

  async run(): Promise<AdminChange> {
    const { flags } = await this.parse(AdminDisable);
    const dryRun = flags['dry-run'] === true;
    const steps = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      disableAdmin(this.runner, { dryRun, onEvent }),
    );
    const plan = { steps, notes: [], complete: true };
    if (steps.length === 0) this.log('It is so already: nothing to do.');
    else this.log(dryRun ? planText(plan) : 'Nobody is let in any more.');
    return {
      ...planJson(plan),
      dryRun,
      changed: !dryRun && steps.length > 0,
      ...(await readAdmin(this.runner)),
    };
  }
}
