import { Args, Flags } from '@oclif/core';
import { BaseCommand, benchFlag } from '../../base-command.js';
import { calendarProblem } from '../../config/calendar.js';
import { RefusedError, UsageError } from '../../errors.js';
import { requireLinux, requireVolumeHost } from '../../host/platform.js';
import { agrees, requireTerminal } from '../../output/prompt.js';
import { type SetupJson, setupJson, setupPlanText, setupText } from '../../output/replicate.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { printable } from '../../printable.js';
import { previewSetup, type SetupPlan, setUp } from '../../replicate/replicate.js';

export default class ReplicateSetup extends BaseCommand {
  static override summary = 'Let copies of a bench go to another host: keys, host keys, a place there, units';
  static override description =
    'Over your own ssh to that host as root, once. Afterwards each host has a key of the other one that is good for the ' +
    'verbs of replication and nothing else. Says what it does on both sides before it does it; run again, it finds ' +
    'nothing to do.';
  static override examples = [
    '<%= config.bin %> replicate setup backup1 -b shop --dry-run',
    '<%= config.bin %> replicate setup backup1 -b shop --schedule "*:0/15"',
  ];
  static override args = {
    host: Args.string({ required: true, description: 'The other host, as ssh knows it' }),
  };
  static override flags = {
    bench: benchFlag,
    as: Flags.string({
      summary: 'How the other host reaches this one; default its host name',
      helpValue: 'NAME',
    }),
    target: Flags.string({
      summary: 'The dataset there that copies lie below; default _copies of its only pool',
      helpValue: 'DATASET',
    }),
    schedule: Flags.string({
      summary: 'When copies are sent by themselves: replicate.schedule',
      helpValue: 'WHEN',
    }),
    'dry-run': Flags.boolean({ summary: 'Say what would be done on both sides and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<SetupJson> {
    const { args, flags } = await this.parse(ReplicateSetup);
    requireLinux();
    await requireVolumeHost(this.runner);
    const wrong = flags.schedule === undefined ? undefined : calendarProblem(flags.schedule);
    if (wrong !== undefined) throw new UsageError('schedule-invalid', `--schedule ${wrong}.`);
    const config = await this.openBench(flags.bench, false);
    const { as, target, schedule } = flags;
    const request = { config, to: args.host, as, target, schedule };
    if (flags['dry-run']) {
      const plan = await previewSetup(request, this.runner);
      this.log(setupPlanText(plan));
      return setupJson(config.name, plan, true);
    }
    const result = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      setUp({
        request,
        runner: this.runner,
        confirm: (plan) => this.confirm(plan, flags.yes),
        reload: () => this.openBench(config.name, false),
        onEvent,
      }),
    );
    this.log(setupText(config.name, result));
    return setupJson(config.name, result, false);
  }

  private async confirm(plan: SetupPlan, yes: boolean): Promise<void> {
    if (yes || (plan.here.length === 0 && plan.there.length === 0)) return;
    requireTerminal('Letting another host in', this.jsonEnabled());
    process.stderr.write(printable(`${setupPlanText(plan)}\n`));
    if (await agrees()) return;
    throw new RefusedError('not-confirmed', 'The plan was not agreed to. Nothing was changed.');
  }
}
