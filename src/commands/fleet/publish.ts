import { VolumeCommand } from '../../base-command.js';
import { type Published, publish } from '../../fleet/fleet.js';
import { withFleet } from '../../ownership/ownership.js';

export default class FleetPublish extends VolumeCommand {
  static override summary = 'Tell the fleet what is on this host: the timer does so by itself';
  static override examples = ['<%= config.bin %> fleet publish'];

  async run(): Promise<Published> {
    await this.parse(FleetPublish);
    const published = await withFleet((fleet) => publish(fleet, this.runner, this.config.version));
    const { host, inventory, benches, volumes, superseded } = published;
    this.log(
      `${host}: ${benches} benches, ${volumes} volumes${inventory ? '' : '; nothing but figures has changed'}.`,
    );
    for (const bench of superseded) this.log(`${bench} belongs to another host now: it is not started here.`);
    return published;
  }
}
