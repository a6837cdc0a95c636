import { benchFlag, VolumeCommand } from '../../base-command.js';
import { type DiscoverResult, discoverText, readDisks } from '../../disks/disks.js';

export default class VolumeDiscover extends VolumeCommand {
  static override summary = 'Show every disk, whether a pool could be made on it, and each reason why not';
  static override description = 'Changes nothing. Needs root to look into the disks.';
  static override examples = [
    '<%= config.bin %> volume discover',
    '<%= config.bin %> volume discover --json',
  ];
  static override flags = { bench: benchFlag };

  async run(): Promise<DiscoverResult> {
    await this.parse(VolumeDiscover);
    const result = await readDisks(this.runner);
    this.log(discoverText(result));
    return result;
  }
}
