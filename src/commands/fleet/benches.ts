import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { type FleetBench, readBenches } from '../../fleet/fleet.js';
import { ofHostsFlag } from '../../fleet-flags.js';
import { benchesText } from '../../output/fleet.js';
import { withFleet } from '../../ownership/ownership.js';

export default class FleetBenches extends VolumeCommand {
  static override summary =
    'List the benches of all hosts: where each is, who has the right to run it, its copies';
  static override description =
    'Names may be patterns ("shop*"). Those of hosts that are absent are listed as they were told of for the last time.';
  static override examples = [
    '<%= config.bin %> fleet benches',
    '<%= config.bin %> fleet benches "shop*" --limit role=prod',
  ];
  static override strict = false;
  static override flags = {
    limit: ofHostsFlag,
    state: Flags.string({
      aliases: ['status'],
      summary: 'As bench list tells it, such as running',
      helpValue: 'STATE',
    }),
    search: Flags.string({ summary: 'In names of benches, datasets and hosts', helpValue: 'TEXT' }),
  };

  async run(): Promise<{ benches: FleetBench[] }> {
    const { argv, flags } = await this.parse(FleetBenches);
    const { limit, state, search } = flags;
    const benches = await withFleet((fleet) =>
      readBenches(fleet, { names: argv.map(String), limit, state, search }),
    );
    this.log(benchesText(benches));
    return { benches };
  }
}
