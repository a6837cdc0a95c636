import { Flags } from '@oclif/core';
import { BaseCommand, benchFlag } from '../base-command.js';
import { isNewBench } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { contentsText } from '../disks/disks.js';
import { BenchError, RefusedError, UsageError } from '../errors.js';
import { isLinux, NEEDS_LINUX, requireVolumeHost } from '../host/platform.js';
import { type EscrowFlags, escrowFlags, escrowWish, passphraseFlags, passphraseFrom } from '../key-flags.js';
import { hasStoredKey } from '../keys/keys.js';
import { absolutePath } from '../names.js';
import { agrees, canAsk, confirmByTyping, requireTerminal } from '../output/prompt.js';
import { tellingSteps } from '../output/step-reporter.js';
import { type InitJson, planJson, planText } from '../output/steps.js';
import { canDraw } from '../output/terminal.js';
import { printable } from '../printable.js';
import { planTimers } from '../schedule/schedule.js';
import * as Ui from '../ui/ui.js';
import type { InitFlags } from '../volume-manager/volume-manager.js';
import * as VolumeManager from '../volume-manager/volume-manager.js';

export default class Init extends BaseCommand {
  static override summary = 'Provision a bench: pool, dataset, mounts, MariaDB instance, directories';
  static override description =
    'Looks at the system, says what is missing, and does just that. Interrupted anywhere, run it again: it finishes. ' +
    'On a terminal it asks for what a bench that has no bench.toml yet is to be like. ' +
    'Existing files and databases are copied into the dataset, compared, and the originals moved aside, never deleted.';
  static override examples = [
    '<%= config.bin %> init -b shop --dry-run',
    '<%= config.bin %> init -b shop',
    '<%= config.bin %> init -b shop --yes --json',
    '<%= config.bin %> init -b shop --wipe-device /dev/disk/by-id/wwn-0x5000c500a1b2c3d4',
    '<%= config.bin %> init -b shop2 --from-volume shop',
  ];
  static override flags = {
    bench: benchFlag,
    'dry-run': Flags.boolean({ summary: 'Print the plan with its exact commands and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask before the plan is carried out' }),
    'wipe-device': Flags.string({
      summary:
        'Clear this disk and make the pool on it; shows what is on it and asks for its path to be typed',
      helpValue: 'PATH',
    }),
    'from-volume': Flags.string({
      summary: 'Take up the storage of a bench that was dropped with --preserve-storage',
      helpValue: 'BENCH',
      exclusive: ['wipe-device'],
    }),
    operator: Flags.string({
      summary: 'Let this user take snapshots without being root; may be repeated (see: bench sudoers)',
      helpValue: 'NAME',
      multiple: true,
      default: [],
    }),
    ...escrowFlags,
    ...passphraseFlags,
  };

  /** What was agreed to is done before the next plan is shown. */
  private agreed = false;

  async run(): Promise<InitJson> {
    const { flags } = await this.parse(Init);
    if (!isLinux()) return this.skipVolume(flags.bench);
    await requireVolumeHost(this.runner);
    if (flags['from-volume'] !== undefined)
      return this.takeUp(flags.bench, flags['from-volume'], { ...flags, operators: flags.operator });
    const wipeDevice = flags['wipe-device'];
    if (wipeDevice !== undefined) {
      const wrong = absolutePath(wipeDevice);
      if (wrong !== undefined) throw new UsageError('wrong-usage', `--wipe-device: the path ${wrong}.`);
      // Before anything is done: packages may come first, and the question only after them.
      if (!flags.yes && !flags['dry-run']) requireTerminal(`Clearing ${wipeDevice}`, this.jsonEnabled());
    }
    const config = await this.openOrMake(flags);
    const key = await this.keyFlags(config, flags);
    if (flags['dry-run']) {
      const wanted = { wipeDevice, operators: flags.operator, key };
      const plan = await VolumeManager.planNext(config, this.runner, wanted, planTimers);
      this.log(plan.steps.length === 0 ? `Bench ${config.name} is complete: nothing to do.` : planText(plan));
      return { bench: config.name, dryRun: true, ...planJson(plan) };
    }
    const result = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      VolumeManager.initLocked({
        name: config.name,
        runner: this.runner,
        flags: { wipeDevice, operators: flags.operator, key },
        reload: () => this.openBench(config.name, false),
        confirm: (plan) => this.confirm(plan, flags.yes, wipeDevice),
        onEvent,
        beyond: planTimers,
      }),
    );
    return this.made(config.name, result);
  }

  private made(bench: string, result: VolumeManager.InitResult): InitJson {
    for (const note of result.notes) this.log(`Note: ${note}`);
    this.log(
      result.steps.length === 0
        ? `Bench ${bench} is complete: nothing to do.`
        : `Bench ${bench} is ready. Next: bench volume status -b ${bench}`,
    );
    return { bench, changed: result.steps.length > 0, ...planJson({ ...result, complete: true }) };
  }

  private async takeUp(
    bench: string | undefined,
    volume: string,
    flags: { 'dry-run': boolean; yes: boolean; operators: readonly string[] },
  ): Promise<InitJson> {
    if (bench === undefined)
      throw new UsageError('wrong-usage', '--from-volume makes a bench: name it with -b NAME.');
    // With its editor of TOML: loaded where it is used.
    const { previewTakeUp, takeUp } = await import('../take-up/take-up.js');
    const request = { name: bench, volume, operators: flags.operators };
    if (flags['dry-run']) {
      const plan = await previewTakeUp(request, this.runner);
      this.log(planText(plan));
      return { bench, dryRun: true, ...planJson(plan) };
    }
    const result = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      takeUp({
        request,
        runner: this.runner,
        confirm: (plan) => this.confirm(plan, flags.yes, undefined),
        onEvent,
        beyond: planTimers,
      }),
    );
    return this.made(bench, result);
  }

  /** On a terminal a bench that is not there yet is asked for; scripts are told as ever. */
  private async openOrMake(flags: { bench?: string | undefined; 'dry-run': boolean; yes: boolean }) {
    try {
      return await this.openBench(flags.bench, false);
    } catch (error) {
      const isAsked = !flags['dry-run'] && !flags.yes && canDraw(this.jsonEnabled(), process.stderr);
      if (!isAsked || !(await isNewBench(error))) throw error;
      const { name, file } = await Ui.makeBench(this.runner, { name: flags.bench });
      process.stderr.write(printable(`Wrote ${file}\n`));
      // From here on something was changed.
      this.agreed = true;
      return this.openBench(name, false);
    }
  }

  /** Of an encrypted bench; a passphrase is asked for only where one is needed. */
  private async keyFlags(config: BenchConfig, flags: EscrowFlags): Promise<InitFlags['key']> {
    const source = config.volume.key;
    if (source === undefined) {
      const given = flags.escrow !== undefined || flags.recipient.length > 0 || flags['no-escrow'];
      if (!given) return undefined;
      throw new UsageError(
        'wrong-usage',
        `The bench ${config.name} is not encrypted, so it has no key to export. Nothing was changed.`,
        { suggestions: ['For a new bench: encryption = "on" and key = … in [volume] of its bench.toml.'] },
      );
    }
    const isWrapped = source.kind === 'prompt' && !(await hasStoredKey(source));
    const isForCopy = flags.escrow !== undefined && flags.recipient.length === 0;
    const passphrase =
      isWrapped || isForCopy
        ? await passphraseFrom(flags, {
            json: this.jsonEnabled(),
            what: `the key of ${config.name}`,
            isNew: true,
          })
        : undefined;
    return { escrow: escrowWish(flags, passphrase), passphrase };
  }

  /** Elsewhere than on Linux a bench has no volume; whoever sets benches up in a script can go on. */
  private async skipVolume(bench: string | undefined): Promise<InitJson> {
    const config = await this.openBench(bench, false);
    this.log(`The volume of bench ${config.name} is skipped: ${NEEDS_LINUX}`);
    return { bench: config.name, changed: false, skipped: 'not-linux', steps: [] };
  }

  /**
   * On a terminal the plan is shown and agreed to; scripts get no prompt, for init destroys nothing. But where a disk
   * is cleared, its path has to be typed.
   */
  private async confirm(
    plan: VolumeManager.Plan,
    yes: boolean,
    wipeDevice: string | undefined,
  ): Promise<void> {
    const wipe = plan.steps.find((step) => step.kind === 'device.wipe');
    if (wipe !== undefined && wipeDevice !== undefined) {
      if (!this.jsonEnabled()) process.stderr.write(printable(`${contentsText(wipe.contents)}\n`));
      if (yes) return;
      process.stderr.write(
        printable(`${planText(plan)}\nEverything on ${wipeDevice} will be lost for good.\n`),
      );
      await confirmByTyping(wipeDevice, `Clearing ${wipeDevice}`, this.jsonEnabled());
      this.agreed = true;
      return;
    }
    if (yes || !canAsk(this.jsonEnabled())) return;
    process.stderr.write(printable(`${planText(plan)}\n`));
    const left = this.agreed ? 'What was done before stays; run it again to go on.' : 'Nothing was changed.';
    if (!(await agrees(left))) throw notAgreed(left, this.agreed);
    this.agreed = true;
  }
}

/** Exit 3 promises that nothing was changed, which holds only for the first plan. */
function notAgreed(left: string, begun: boolean): BenchError {
  const Kind = begun ? BenchError : RefusedError;
  return new Kind('not-confirmed', `The plan was not agreed to. ${left}`);
}
