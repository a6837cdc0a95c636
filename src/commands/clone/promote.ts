import { Args } from '@oclif/core';
import { previewPromotion, promoteClone } from '../../clone/clone.js';
import type { PromoteReport } from '../../output/clone.js';
import { PromoteCommand, promoteFlags } from '../../promote-command.js';

export default class ClonePromote extends PromoteCommand {
  static override summary = 'Make a clone independent of what it was made of';
  static override examples = [
    '<%= config.bin %> clone promote try',
    '<%= config.bin %> clone promote try --dry-run',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name of the clone' }) };
  static override flags = promoteFlags;

  async run(): Promise<PromoteReport> {
    const { args, flags } = await this.parse(ClonePromote);
    return this.promote(
      flags,
      () => previewPromotion(args.name, this.runner),
      (onEvent) => promoteClone(args.name, this.runner, onEvent),
    );
  }
}
