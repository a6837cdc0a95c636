import { Args } from '@oclif/core';
import { BaseCommand, benchFlag } from '../../base-command.js';
import { readSettings } from '../../config/settings.js';
import { renderValue, type TomlValue } from '../../config/toml-value.js';

interface Settings {
  file: string;
  /** By dotted key; null where neither bench.toml nor a default says anything. */
  values: Record<string, TomlValue | null>;
}

export default class ConfigGet extends BaseCommand {
  static override summary = 'Print what bench.toml says, with defaults filled in';
  static override examples = [
    '<%= config.bin %> config get volume.dataset.quota',
    '<%= config.bin %> config get volume -b shop --json',
  ];
  static override args = {
    key: Args.string({ required: true, description: 'A key such as volume.pool, or a table such as volume' }),
  };
  static override flags = { bench: benchFlag };

  async run(): Promise<Settings> {
    const { args, flags } = await this.parse(ConfigGet);
    const config = await this.openBench(flags.bench, true);
    const values = readSettings(config, args.key);
    for (const [key, value] of Object.entries(values)) {
      // One key is for scripts: the bare value. A table is for people, who can paste what they see.
      if (key === args.key) this.log(String(value ?? ''));
      else this.log(value === null ? `# ${key} is not set` : `${key} = ${renderValue(value)}`);
    }
    return { file: config.file, values };
  }
}
