import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { UsageError } from '../../errors.js';
import { requireVolumeHost } from '../../host/platform.js';
import { readInput } from '../../host/standard-input.js';
import { datasetPath, remoteHost } from '../../names.js';
import { type Answer, serve } from '../../replicate/replicate.js';
import { planTimers } from '../../schedule/schedule.js';

export default class ReplicateServe extends VolumeCommand {
  static override hidden = true;
  static override summary =
    'What the key of another host starts here: the verbs of replication, and nothing else';
  static override flags = {
    from: Flags.string({ required: true, summary: 'The host that the key belongs to', helpValue: 'NAME' }),
    target: Flags.string({
      required: true,
      summary: 'The dataset that its copies lie below',
      helpValue: 'DATASET',
    }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(ReplicateServe);
    const { from, target } = flags;
    const wrong = remoteHost(from) ?? datasetPath(target);
    if (wrong !== undefined)
      throw new UsageError('wrong-usage', `${JSON.stringify(from)}, ${JSON.stringify(target)}: ${wrong}.`);
    await requireVolumeHost(this.runner);
    const said = process.env.SSH_ORIGINAL_COMMAND;
    return serve(said, { runner: this.runner, peer: { from, target }, readInput, beyond: planTimers });
  }
}
