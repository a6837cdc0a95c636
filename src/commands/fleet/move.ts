import { Args, Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { haveTold, placeToMove, runThere } from '../../fleet/fleet.js';
import { confirmByTyping } from '../../output/prompt.js';
import { withFleet } from '../../ownership/ownership.js';
import type { Moved } from '../../replicate/replicate.js';

export default class FleetMove extends VolumeCommand {
  static override summary = 'Bring a bench to another host of the fleet, losing nothing';
  static override description =
    'bench move, run by ssh on the host that runs it. The right to run the bench goes over in etcd.';
  static override examples = ['<%= config.bin %> fleet move shop --to web2'];
  static override args = { name: Args.string({ required: true, description: 'The bench' }) };
  static override flags = {
    to: Flags.string({ required: true, summary: 'The host that is to run it', helpValue: 'HOST' }),
    'dry-run': Flags.boolean({ summary: 'Say from where to where, and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<
    (Moved & { from: string }) | { bench: string; from: string; to: string; dryRun: true }
  > {
    const { args, flags } = await this.parse(FleetMove);
    const bench = args.name;
    return withFleet(async (fleet) => {
      const { on, to } = await placeToMove(fleet, bench, flags.to);
      const sentence = `${bench} stops on ${on.name} for the time of its last increment, and runs on ${flags.to} then.`;
      if (flags['dry-run']) {
        this.log(sentence);
        return { bench, from: on.name, to: flags.to, dryRun: true as const };
      }
      if (!flags.yes) {
        this.logToStderr(sentence);
        await confirmByTyping(bench, `Moving ${bench}`, this.jsonEnabled());
      }
      const words = ['move', bench, '--to', to ?? flags.to, '--yes'];
      const moved = (await runThere(fleet, this.runner, on, words)) as Moved;
      await haveTold(fleet, this.runner, [on.name, flags.to]);
      this.log(`${bench} runs on ${flags.to} now (epoch ${moved.epoch}).`);
      return { ...moved, from: on.name };
    });
  }
}
