import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { createBenchToml, type NewBench } from '../config/new-bench.js';

export default class New extends BaseCommand {
  static override summary = 'Make the directory of a new bench with a commented bench.toml';
  static override description =
    'Nothing else is made: look through the file, then run bench init. An existing bench.toml is never touched.';
  static override examples = ['<%= config.bin %> new shop', '<%= config.bin %> new shop --port 3310'];
  static override args = {
    name: Args.string({ required: true, description: 'Name of the bench, a letter first, e.g. shop' }),
  };
  static override flags = {
    port: Flags.integer({
      summary: 'Port of its MariaDB instance; default the first free one from 3307',
      min: 1,
      max: 65535,
    }),
  };

  async run(): Promise<NewBench> {
    const { args, flags } = await this.parse(New);
    const made = await createBenchToml(args.name, flags.port);
    this.log(`Wrote ${made.file}\nNext: look through it, then run: sudo bench init -b ${made.name}`);
    return made;
  }
}
