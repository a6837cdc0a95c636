import { resolve } from 'node:path';
import { Args } from '@oclif/core';
import { BaseCommand, benchFlag } from '../../base-command.js';
import { loadConfig } from '../../config/load.js';
import { locateBench } from '../../config/locate.js';
import { benchesRoot } from '../../host/environment.js';

export default class ConfigCheck extends BaseCommand {
  static override summary = 'Check a bench.toml and name everything that is wrong in it';
  static override examples = [
    '<%= config.bin %> config check',
    '<%= config.bin %> config check ./bench.toml --json',
  ];
  static override args = {
    file: Args.string({ description: 'The bench.toml to check; default that of the bench' }),
  };
  static override flags = { bench: benchFlag };

  async run(): Promise<{ file: string; valid: true }> {
    const { args, flags } = await this.parse(ConfigCheck);
    const file = args.file === undefined ? await this.locate(flags.bench) : resolve(args.file);
    await loadConfig(file);
    this.log(`${file} is fine.`);
    return { file, valid: true };
  }

  private async locate(bench: string | undefined): Promise<string> {
    const options = { cwd: process.cwd(), benchesRoot: benchesRoot(), guess: true };
    return (await locateBench(bench === undefined ? options : { bench, ...options })).file;
  }
}
