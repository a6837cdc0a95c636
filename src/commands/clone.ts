import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { type CloneRequest, cloneBench, previewClone } from '../clone/clone.js';
import { lifetimeMs, lifetimeProblem } from '../config/lifetime.js';
import { parseSize, sizeProblem } from '../config/size.js';
import { RefusedError, UsageError } from '../errors.js';
import { requireLinux, requireVolumeHost } from '../host/platform.js';
import { type CloneReport, clonedText, cloneReport } from '../output/clone.js';
import { agrees, canAsk } from '../output/prompt.js';
import { tellingSteps } from '../output/step-reporter.js';
import { planJson, planText } from '../output/steps.js';
import { printable } from '../printable.js';
import type { Plan } from '../volume-manager/volume-manager.js';

export default class Clone extends BaseCommand {
  static override summary = 'Make a bench from a snapshot of another one, sharing its blocks, in seconds';
  static override description =
    'From a fresh consistent snapshot, or the one named. The clone is a bench of its own: dataset, directory, MariaDB ' +
    'instance, port. What [clone] of bench.toml names runs on it before it may act as its source would. Interrupted ' +
    'anywhere, run it again: it finishes.';
  static override examples = [
    '<%= config.bin %> clone shop try',
    '<%= config.bin %> clone shop try --snapshot before-upgrade --expires 8h',
    '<%= config.bin %> clone --template base try',
    '<%= config.bin %> clone shop try --dry-run',
  ];
  static override args = {
    source: Args.string({ description: 'The bench that is cloned; not with --template' }),
    name: Args.string({ description: 'Name of the clone, a letter first' }),
  };
  static override flags = {
    template: Flags.string({ summary: 'Make it from this template instead of a bench', helpValue: 'NAME' }),
    snapshot: Flags.string({ summary: 'Tag of the snapshot; default is a fresh one', helpValue: 'TAG' }),
    port: Flags.integer({
      summary: "Port of its MariaDB instance; default the first free one behind its source's",
      min: 1,
      max: 65535,
    }),
    quota: Flags.string({ summary: "What it may use at most; default its source's", helpValue: 'SIZE' }),
    expires: Flags.string({ summary: 'Drop it by itself after this time, e.g. 8h or 2d', helpValue: 'TIME' }),
    protect: Flags.boolean({ summary: 'Keep it even when that time is over' }),
    volumes: Flags.option({
      summary: 'Data volumes that the source writes: a copy of each, or none of them',
      options: ['clone', 'omit'] as const,
      default: 'clone',
    })(),
    start: Flags.boolean({
      summary: 'Start it; with --no-start everything is made and nothing started',
      default: true,
      allowNo: true,
    }),
    'dry-run': Flags.boolean({ summary: 'Print the plan with its exact commands and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask before the plan is carried out' }),
  };

  async run(): Promise<CloneReport> {
    const { args, flags } = await this.parse(Clone);
    requireLinux();
    await requireVolumeHost(this.runner);
    const request = { ...sourceAndName(args, flags.template), ...wishesOf(flags) };
    if (flags['dry-run']) {
      const plan = await previewClone(request, this.runner);
      this.log(plan.steps.length === 0 ? `${request.name} is whole: nothing to do.` : planText(plan));
      return { bench: request.name, dryRun: true, ...planJson(plan) };
    }
    const cloned = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      cloneBench({ request, runner: this.runner, confirm: (plan) => this.confirm(plan, flags.yes), onEvent }),
    );
    this.log(clonedText(cloned));
    return cloneReport(cloned);
  }

  /** On a terminal the plan is shown and agreed to; scripts get no prompt, for a clone takes nothing away. */
  private async confirm(plan: Plan, yes: boolean): Promise<void> {
    if (plan.steps.length === 0 || yes || !canAsk(this.jsonEnabled())) return;
    process.stderr.write(printable(`${planText(plan)}\n`));
    if (await agrees()) return;
    throw new RefusedError('not-confirmed', 'The plan was not agreed to. Nothing was changed.');
  }
}

function sourceAndName(
  args: { source?: string | undefined; name?: string | undefined },
  template: string | undefined,
): Pick<CloneRequest, 'source' | 'name'> {
  const [first, second] = [args.source, args.name];
  if (template !== undefined && first !== undefined && second === undefined)
    return { source: { kind: 'template', name: template }, name: first };
  if (template === undefined && first !== undefined && second !== undefined)
    return { source: { kind: 'bench', name: first }, name: second };
  throw new UsageError('wrong-usage', 'A clone needs a source and a name of its own.', {
    suggestions: ['bench clone SOURCE NEW', 'bench clone --template NAME NEW'],
  });
}

interface Flagged {
  snapshot?: string | undefined;
  port?: number | undefined;
  quota?: string | undefined;
  expires?: string | undefined;
  protect: boolean;
  volumes: 'clone' | 'omit';
  start: boolean;
}

function wishesOf({ snapshot, port, quota, expires, protect, volumes, start }: Flagged) {
  const wrongQuota = quota === undefined ? undefined : sizeProblem(quota);
  if (wrongQuota !== undefined)
    throw new UsageError('size-invalid', `--quota: ${wrongQuota}.`, {
      suggestions: ['Such as: --quota 20G'],
    });
  const wrongTime = expires === undefined ? undefined : lifetimeProblem(expires);
  if (wrongTime !== undefined)
    throw new UsageError('lifetime-invalid', `--expires: ${wrongTime}.`, {
      suggestions: ['Such as: --expires 8h'],
    });
  return {
    tag: snapshot,
    port,
    quotaBytes: quota === undefined ? undefined : parseSize(quota),
    lifetimeMs: expires === undefined ? undefined : lifetimeMs(expires),
    protect,
    volumes,
    start,
  };
}
