import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { readInput } from '../../host/standard-input.js';
import { type Accepted, accept, parseAccept } from '../../replicate/replicate.js';

export default class ReplicateAccept extends VolumeCommand {
  static override hidden = true;
  static override summary = 'The other side of bench replicate setup, which starts it over ssh';
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Say what would be done and change nothing' }),
  };

  async run(): Promise<Accepted> {
    const { flags } = await this.parse(ReplicateAccept);
    await requireVolumeHost(this.runner);
    const accepted = await accept(parseAccept(await readInput()), this.runner, flags['dry-run']);
    this.log(accepted.steps.join('\n'));
    return accepted;
  }
}
