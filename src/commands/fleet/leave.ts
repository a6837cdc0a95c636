import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { leave } from '../../fleet/fleet.js';
import { requireVolumeHost } from '../../host/platform.js';
import { type FleetLeaveJson, fleetLeaveJson } from '../../output/fleet-setup.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { planText } from '../../output/steps.js';

export default class FleetLeave extends VolumeCommand {
  static override summary = 'Take this host out of its fleet: timer, [fleet], and its rows in etcd';
  static override description =
    'Benches go on as they are. Certificates stay where they are, and so does what etcd knows of rights to benches.';
  static override examples = ['<%= config.bin %> fleet leave --dry-run', '<%= config.bin %> fleet leave'];
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Print what would be done and change nothing' }),
  };

  async run(): Promise<FleetLeaveJson> {
    const { flags } = await this.parse(FleetLeave);
    await requireVolumeHost(this.runner);
    const dryRun = flags['dry-run'] === true;
    const left = await tellingSteps(this.jsonEnabled(), (onEvent) => leave(this.runner, { dryRun, onEvent }));
    if (dryRun) this.log(planText({ steps: left.steps, notes: [], complete: true }));
    else this.log(`${left.host} is in no fleet any more.`);
    if (left.rowsLeft !== null)
      this.log(
        `Its rows are in etcd still (${left.rowsLeft}). On another host: bench fleet forget ${left.host}`,
      );
    return fleetLeaveJson(left, dryRun);
  }
}
