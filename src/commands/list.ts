import { BaseCommand } from '../base-command.js';
import { type BenchList, listBenches } from '../bench/bench.js';
import { benchListText } from '../output/bench-list.js';

export default class List extends BaseCommand {
  static override summary = 'List the benches of this host: dataset, space, MariaDB instance, state';
  static override description =
    'Also lists a bench whose volume is not mounted, from what init has recorded outside of it.';
  static override examples = ['<%= config.bin %> list', '<%= config.bin %> list --json'];

  async run(): Promise<BenchList> {
    await this.parse(List);
    const list = await listBenches(this.runner);
    this.log(benchListText(list));
    return list;
  }
}
