import { VolumeCommand } from '../../base-command.js';
import { type FleetHost, readHosts } from '../../fleet/fleet.js';
import { limitFlag } from '../../fleet-flags.js';
import { hostsText } from '../../output/fleet.js';
import { withFleet } from '../../ownership/ownership.js';

export default class FleetHosts extends VolumeCommand {
  static override summary = 'List the hosts of the fleet, and whether each is there';
  static override description =
    'A host that has not told of itself for twelve minutes counts as absent; its rows stay until bench fleet forget.';
  static override examples = [
    '<%= config.bin %> fleet hosts',
    '<%= config.bin %> fleet hosts --limit "web*,&role=prod" --json',
  ];
  static override flags = { limit: limitFlag };

  async run(): Promise<{ hosts: FleetHost[] }> {
    const { flags } = await this.parse(FleetHosts);
    const hosts = await withFleet((fleet) => readHosts(fleet, flags.limit));
    this.log(hostsText(hosts));
    return { hosts };
  }
}
