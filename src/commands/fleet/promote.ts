import { Args, Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { haveTold, placeToPromote, runThere } from '../../fleet/fleet.js';
import { type PromoteJson, previewJsonText } from '../../output/promote.js';
import { confirmByTyping } from '../../output/prompt.js';
import { withFleet } from '../../ownership/ownership.js';
import { printable } from '../../printable.js';

export default class FleetPromote extends VolumeCommand {
  static override summary = 'Take a bench up on the host of the fleet that has its copy';
  static override description =
    'bench promote, run there by ssh: shows what that says, has the name typed, and then does it. The right to run the ' +
    'bench goes over in etcd, so that nobody else takes it up, and the host that had it does not start it.';
  static override examples = [
    '<%= config.bin %> fleet promote shop --dry-run',
    '<%= config.bin %> fleet promote shop --on web2',
  ];
  static override args = { name: Args.string({ required: true, description: 'The bench' }) };
  static override flags = {
    on: Flags.string({ summary: 'The host, where several have a copy', helpValue: 'HOST' }),
    'stop-source': Flags.boolean({ summary: 'Stop it on the host that runs it' }),
    'dry-run': Flags.boolean({ summary: 'Say what would be done and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<PromoteJson & { host: string }> {
    const { args, flags } = await this.parse(FleetPromote);
    return withFleet(async (fleet) => {
      const { on, bench } = await placeToPromote(fleet, args.name, flags.on);
      const words = ['promote', args.name, ...(flags['stop-source'] ? ['--stop-source'] : [])];
      const ask = (more: string[]) =>
        runThere(fleet, this.runner, on, [...words, ...more]) as Promise<PromoteJson>;
      if (flags['dry-run'] || !flags.yes) {
        const preview = await ask(['--dry-run']);
        const text = `On ${on.name}:\n${previewJsonText(preview)}`;
        if (flags['dry-run']) {
          this.log(text);
          return { ...preview, host: on.name };
        }
        if (!this.jsonEnabled()) process.stderr.write(printable(`${text}\n`));
        await confirmByTyping(args.name, `Taking ${args.name} up`, this.jsonEnabled());
      }
      const promoted = await ask(['--yes']);
      await haveTold(fleet, this.runner, [on.name, bench.host]);
      this.log(`${args.name} runs on ${on.name} now (epoch ${promoted.epoch}).`);
      return { ...promoted, host: on.name };
    });
  }
}
