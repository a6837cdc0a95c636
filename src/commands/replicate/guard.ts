import { Args, Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { EXIT, UsageError } from '../../errors.js';
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
    this.log(guardText(result));
    // Its units need this one to be well then (bench fleet setup --start answered).
    if (result.because === 'unanswered') process.exitCode = EXIT.refused;
    return result;
  }
}

function guardText({ bench, peer, mayStart, because, unknown }: GuardResult): string {
  if (mayStart) return `${bench} may start here${unknown === null ? '' : `; it is not known: ${unknown}`}.`;
  if (because === 'unanswered') return `${bench} does not start without an answer of etcd: ${unknown}`;
  if (because === 'yielded') return `${bench} must not start here: it was left to ${peer}.`;
  return `${bench} must not start here: ${peer} has taken it up.`;
}
