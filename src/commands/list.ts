import { BaseCommand } from '../base-command.js';
import { listBenches } from '../bench/bench.js';
import { type ForecastBench, withForecasts } from '../forecast/forecast.js';
import { benchListText } from '../output/bench-list.js';

export default class List extends BaseCommand {
  static override summary =
    'List the benches of this host: dataset, space and how long it lasts, MariaDB instance, state';
  static override description =
    'Also lists a bench whose volume is not mounted, from what init has recorded outside of it.';
  static override examples = ['<%= config.bin %> list', '<%= config.bin %> list --json'];

  async run(): Promise<{ benches: ForecastBench[] }> {
    await this.parse(List);
    const list = await withForecasts(await listBenches(this.runner));
    this.log(benchListText(list));
    return list;
  }
}
