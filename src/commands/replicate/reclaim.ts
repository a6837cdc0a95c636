import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { reclaim } from '../../replicate/replicate.js';

export default class ReplicateReclaim extends VolumeCommand {
  static override summary = 'Let this host start a bench again that another one was to take up and has not';
  static override description =
    'After a promotion or a move that was begun and given up. The other host is asked, and has to answer that it has not ' +
    'taken the bench up.';
  static override examples = ['<%= config.bin %> replicate reclaim -b shop'];
  static override flags = { bench: benchFlag };

  async run(): Promise<{ bench: string; epoch: number }> {
    const { flags } = await this.parse(ReplicateReclaim);
    await requireVolumeHost(this.runner);
    const result = await reclaim(await this.openBench(flags.bench, false), this.runner);
    this.log(`${result.bench} may start here again (epoch ${result.epoch}): bench init -b ${result.bench}`);
    return result;
  }
}
