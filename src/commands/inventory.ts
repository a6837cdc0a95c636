import { VolumeCommand } from '../base-command.js';
import { readFleet } from '../config/host-config.js';
import { type Inventory, takeInventory } from '../fleet/fleet.js';
import { inventoryText } from '../output/fleet.js';

export default class InventoryCommand extends VolumeCommand {
  static override summary = 'Tell everything of this host: pools, benches, volumes, copies of other hosts';
  static override description = 'What this host tells its fleet, and programs that ask it.';
  static override examples = ['<%= config.bin %> inventory', '<%= config.bin %> inventory --json'];

  async run(): Promise<Inventory> {
    await this.parse(InventoryCommand);
    const inventory = await takeInventory(this.runner, await readFleet(), this.config.version);
    this.log(inventoryText(inventory));
    return inventory;
  }
}
