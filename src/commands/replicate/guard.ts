import { Args, Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { UsageError } from '../../errors.js';
import { benchName, remoteHost } from '../../names.js';
import { type GuardResult, guardStart } from '../../replicate/replicate.js';

export default class ReplicateGuard extends VolumeCommand {
  static override hidden = true;
  static override summary =
    'Ask another host whether it has taken a bench up; started before the units of the bench';
  static override args = { name: Args.string({ required: true, description: 'The bench' }) };
  static override flags = {
    peer: Flags.string({ required: true, summary: 'The host that is asked', helpValue: 'HOST' }),
  };

  async run(): Promise<GuardResult> {
    const { args, flags } = await this.parse(ReplicateGuard);
    const wrong = benchName(args.name) ?? remoteHost(flags.peer);
    if (wrong !== undefined) throw new UsageError('wrong-usage', `A name ${wrong}.`);
    const result = await guardStart(args.name, flags.peer, this.runner);
    const { mayStart, unknown, peer } = result;
    this.log(
      mayStart
        ? `${args.name} may start here${unknown === null ? '' : `: ${peer} did not answer (${unknown})`}.`
        : `${args.name} must not start here: ${peer} has taken it up.`,
    );
    return result;
  }
}
