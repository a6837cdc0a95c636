import { benchFlag, VolumeCommand } from '../../base-command.js';
import { statusText } from '../../output/text.js';
import { readStatus, type Status } from '../../volume-manager/status.js';

export default class VolumeStatus extends VolumeCommand {
  static override summary =
    'Show pool, dataset, mounts, MariaDB, last snapshot, and problems with their mends';
  static override examples = [
    '<%= config.bin %> volume status',
    '<%= config.bin %> volume status -b shop --json',
  ];
  static override flags = { bench: benchFlag };

  async run(): Promise<Status> {
    const { flags } = await this.parse(VolumeStatus);
    const status = await readStatus(await this.openBench(flags.bench, true), this.runner);
    this.log(statusText(status));
    return status;
  }
}
