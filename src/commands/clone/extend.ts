import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { extendClone, type LifetimeResult } from '../../clone/clone.js';
import { lifetimeMs, lifetimeProblem } from '../../config/lifetime.js';
import { UsageError } from '../../errors.js';
import { requireVolumeHost } from '../../host/platform.js';
import { lifetimeText } from '../../output/clone.js';

export default class CloneExtend extends BaseCommand {
  static override summary = 'Give a clone more time before it is dropped by itself';
  static override description = 'From its end on, or from now on where that has passed already.';
  static override examples = ['<%= config.bin %> clone extend try 4h'];
  static override args = {
    name: Args.string({ required: true, description: 'Name of the clone' }),
    time: Args.string({ required: true, description: 'How much longer, e.g. 30m, 4h or 2d' }),
  };

  async run(): Promise<LifetimeResult> {
    const { args } = await this.parse(CloneExtend);
    const ms = lifetimeMs(args.time);
    if (ms === undefined)
      throw new UsageError('lifetime-invalid', `The time ${lifetimeProblem(args.time)}.`, {
        suggestions: ['Such as: 4h'],
      });
    await requireVolumeHost(this.runner);
    const result = await extendClone(args.name, ms, this.runner);
    this.log(lifetimeText(result));
    return result;
  }
}
