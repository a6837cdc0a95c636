import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { type LifetimeResult, protectClone } from '../../clone/clone.js';
import { requireVolumeHost } from '../../host/platform.js';
import { lifetimeText } from '../../output/clone.js';

export default class CloneProtect extends BaseCommand {
  static override summary = 'Keep a clone when its time is over';
  static override examples = ['<%= config.bin %> clone protect try'];
  static override args = { name: Args.string({ required: true, description: 'Name of the clone' }) };

  async run(): Promise<LifetimeResult> {
    const { args } = await this.parse(CloneProtect);
    await requireVolumeHost(this.runner);
    const result = await protectClone(args.name, true, this.runner);
    this.log(lifetimeText(result));
    return result;
  }
}
