import { Args, Flags } from '@oclif/core';
import { VolumeCommand } from '../base-command.js';
import { UsageError } from '../errors.js';
import { requireVolumeHost } from '../host/platform.js';
import { remoteHost } from '../names.js';
import { confirmByTyping } from '../output/prompt.js';
import { tellingSteps } from '../output/step-reporter.js';
import { type Moved, move } from '../replicate/replicate.js';

export default class Move extends VolumeCommand {
  static override summary = 'Bring a bench to another host, losing nothing';
  static override description =
    'A copy while it runs, its end here, what is new since, and its taking up there; what is here becomes a copy, to which ' +
    'that host sends. What fails before the other host has taken it up starts here again. Interrupted anywhere, run it ' +
    'again: it finishes.';
  static override examples = ['<%= config.bin %> move shop --to backup1'];
  static override args = { name: Args.string({ required: true, description: 'The bench' }) };
  static override flags = {
    to: Flags.string({
      required: true,
      summary: 'The other host, as replicate.to names it',
      helpValue: 'HOST',
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<Moved> {
    const { args, flags } = await this.parse(Move);
    const wrong = remoteHost(flags.to);
    if (wrong !== undefined)
      throw new UsageError('host-invalid', `--to ${JSON.stringify(flags.to)} ${wrong}.`);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(args.name, false);
    if (!flags.yes) {
      this.logToStderr(
        `${config.name} stops here for the time of its last increment, and runs on ${flags.to} then.`,
      );
      await confirmByTyping(config.name, `Moving ${config.name}`, this.jsonEnabled());
    }
    const moved = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      move({ config, to: flags.to, runner: this.runner, onEvent }),
    );
    const down = moved.downSeconds === null ? '' : `; nobody ran it for ${moved.downSeconds} s`;
    this.log(`${moved.bench} runs on ${moved.to} now (epoch ${moved.epoch})${down}. Here is its copy.`);
    return moved;
  }
}
