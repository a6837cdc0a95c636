import { Flags } from '@oclif/core';
import { BaseCommand, benchFlag } from '../../base-command.js';
import { planRotation, type Rotated, rotateBenchKey } from '../../encryption/encryption.js';
import { RefusedError } from '../../errors.js';
import { requireVolumeHost } from '../../host/platform.js';
import { escrowFlags, escrowWish, passphraseFlags, passphraseFrom } from '../../key-flags.js';
import { rotatedText, rotationText } from '../../output/key.js';
import { agrees, requireTerminal } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { type PlanJson, planJson, planText } from '../../output/steps.js';

export type RotateJson = Rotated | ({ bench: string; dryRun: true } & PlanJson);

export default class KeyRotate extends BaseCommand {
  static override summary = 'Change the key of an encrypted bench, while it runs';
  static override description =
    'The new key is stored beside the old one and exported, ZFS is told, and only when it is seen to take the new one ' +
    'does that take the place of the old one. Cut off anywhere, run it again: it finishes. The data are not encrypted ' +
    'anew: what the old key has opened before, such as a raw copy elsewhere, it opens still.';
  static override examples = [
    '<%= config.bin %> key rotate -b shop --escrow /media/usb/shop-key.age --recipient age1…',
    '<%= config.bin %> key rotate -b shop --no-escrow --dry-run',
  ];
  static override flags = {
    bench: benchFlag,
    ...escrowFlags,
    ...passphraseFlags,
    'dry-run': Flags.boolean({
      summary: 'Print what would be done with its exact commands and change nothing',
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<RotateJson> {
    const { flags } = await this.parse(KeyRotate);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const needs =
      config.volume.key?.kind === 'prompt' || (flags.escrow !== undefined && flags.recipient.length === 0);
    const passphrase = needs
      ? await passphraseFrom(flags, {
          json: this.jsonEnabled(),
          what: `the new key of ${config.name}`,
          isNew: true,
        })
      : undefined;
    const request = { wish: escrowWish(flags, passphrase), passphrase };
    const plan = await planRotation(config, this.runner, request);
    const whole = { steps: plan.steps, notes: [rotationText(plan)], complete: true };
    if (flags['dry-run']) {
      this.log(planText(whole));
      return { bench: config.name, dryRun: true, ...planJson(whole) };
    }
    if (!flags.yes) {
      this.logToStderr(planText(whole));
      requireTerminal('Changing a key', this.jsonEnabled());
      if (!(await agrees()))
        throw new RefusedError('not-confirmed', 'It was not agreed to. Nothing was changed.');
    }
    const rotated = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      rotateBenchKey(config, this.runner, request, onEvent),
    );
    this.log(rotatedText(rotated));
    return rotated;
  }
}
