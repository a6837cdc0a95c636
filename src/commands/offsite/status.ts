import { benchFlag, VolumeCommand } from '../../base-command.js';
import type { OffsiteStatus as Status } from '../../offsite/offsite.js';
import { offsiteStatusText } from '../../output/offsite.js';

export default class OffsiteStatus extends VolumeCommand {
  static override summary = 'Show how copying goes: the last copy, the next one, and what is held for it';
  static override description =
    'What this host knows of it; the store is not asked. What is in the store: offsite list.';
  static override examples = ['<%= config.bin %> offsite status -b shop'];
  static override flags = { bench: benchFlag };

  async run(): Promise<Status> {
    const { flags } = await this.parse(OffsiteStatus);
    const config = await this.openBench(flags.bench, true);
    const { offsiteStatus } = await import('../../offsite/offsite.js');
    const status = await offsiteStatus(config, this.runner);
    this.log(offsiteStatusText(status));
    return status;
  }
}
