import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { type FleetVolume, readVolumes } from '../../fleet/fleet.js';
import { ofHostsFlag } from '../../fleet-flags.js';
import { volumesText } from '../../output/fleet.js';
import { withFleet } from '../../ownership/ownership.js';

export default class FleetVolumes extends VolumeCommand {
  static override summary = 'List the volumes of all hosts';
  static override description =
    'Those of hosts that are absent are listed as they were told of for the last time.';
  static override examples = [
    '<%= config.bin %> fleet volumes --search tier=gold',
    '<%= config.bin %> fleet volumes --limit "web*" --status available --json',
  ];
  static override flags = {
    limit: ofHostsFlag,
    bench: Flags.string({
      char: 'b',
      summary: 'Only those that benches of this name have',
      helpValue: 'NAME',
    }),
    status: Flags.option({ options: ['available', 'attached', 'incomplete'] as const })(),
    kind: Flags.option({ options: ['filesystem', 'block'] as const })(),
    search: Flags.string({ summary: 'In name, id, description, labels and who has it', helpValue: 'TEXT' }),
  };

  async run(): Promise<{ volumes: FleetVolume[] }> {
    const { flags } = await this.parse(FleetVolumes);
    const { limit, bench, status, kind, search } = flags;
    const volumes = await withFleet((fleet) => readVolumes(fleet, { limit, bench, status, kind, search }));
    this.log(volumesText(volumes));
    return { volumes };
  }
}
