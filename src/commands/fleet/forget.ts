import { Args, Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { type Forgotten, forget } from '../../fleet/fleet.js';
import { withFleet } from '../../ownership/ownership.js';

export default class FleetForget extends VolumeCommand {
  static override summary = 'Take a host that is gone for good out of the fleet';
  static override description =
    'Its rows go, whatever has become of it; rights to benches stay. One that is there comes back with its next run: ' +
    'bench fleet leave, on it, is for that.';
  static override examples = [
    '<%= config.bin %> fleet forget web3 --dry-run',
    '<%= config.bin %> fleet forget web3',
  ];
  static override args = { host: Args.string({ required: true, description: 'The host' }) };
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Say what it has, and change nothing' }),
  };

  async run(): Promise<Forgotten> {
    const { args, flags } = await this.parse(FleetForget);
    const forgotten = await withFleet((fleet) => forget(fleet, args.host, flags['dry-run'] === true));
    const { host, dryRun, present, owns } = forgotten;
    this.log(dryRun ? `${host} would be forgotten.` : `${host} is forgotten.`);
    if (present) this.log(`Note: it is there, and tells of itself again. On it: bench fleet leave`);
    if (owns.length > 0)
      this.log(
        `Note: it has the right to ${owns.join(', ')}. For each, on the host that has its copy: bench promote NAME`,
      );
    return forgotten;
  }
}
