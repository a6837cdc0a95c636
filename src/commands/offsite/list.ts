import { benchFlag, VolumeCommand } from '../../base-command.js';
import type { CopyList } from '../../offsite/offsite.js';
import { copiesText } from '../../output/offsite.js';

export default class OffsiteList extends VolumeCommand {
  static override summary = 'List the copies of a bench in the object store';
  static override description =
    'What the store has is what is listed: each copy says itself what it consists of. The oldest snapshot comes first.';
  static override examples = ['<%= config.bin %> offsite list -b shop'];
  static override flags = { bench: benchFlag };

  async run(): Promise<CopyList> {
    const { flags } = await this.parse(OffsiteList);
    const config = await this.openBench(flags.bench, true);
    const { listCopies } = await import('../../offsite/offsite.js');
    const list = await listCopies(config, this.runner);
    this.log(copiesText(list));
    return list;
  }
}
