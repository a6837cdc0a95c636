import { Args } from '@oclif/core';
import { BaseCommand, benchFlag } from '../../base-command.js';
import { locateBench } from '../../config/locate.js';
import { parseSetting } from '../../config/settings.js';
import type { TomlValue } from '../../config/toml-value.js';
import { benchesRoot } from '../../host/environment.js';

interface Changed {
  file: string;
  key: string;
  value: TomlValue;
  changed: boolean;
}

export default class ConfigSet extends BaseCommand {
  static override summary = 'Change one value in bench.toml and keep everything else to the byte';
  static override description =
    'Only the file is changed: init carries it out, and volume set changes quota and reservation live.';
  static override examples = [
    '<%= config.bin %> config set snapshot.lock_timeout 30s',
    '<%= config.bin %> config set maintenance.units shop-web.service,shop-worker.service -b shop',
  ];
  static override args = {
    key: Args.string({ required: true, description: 'A key such as volume.pool' }),
    value: Args.string({ required: true, description: 'Its value; units are parted by commas' }),
  };
  static override flags = { bench: benchFlag };

  async run(): Promise<Changed> {
    const { args, flags } = await this.parse(ConfigSet);
    const value = parseSetting(args.key, args.value);
    // Not loaded first: what is wrong in the file may be just what this mends.
    const { file } = await locateBench({
      ...(flags.bench === undefined ? {} : { bench: flags.bench }),
      cwd: process.cwd(),
      benchesRoot: benchesRoot(),
      guess: true,
    });
    const { editConfig } = await import('../../config/edit.js');
    const { changed } = await editConfig(file, [{ key: args.key, value }]);
    this.log(changed ? `Changed ${args.key} in ${file}` : `${file} says so already: nothing to do.`);
    return { file, key: args.key, value, changed };
  }
}
