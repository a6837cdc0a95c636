import { resolve } from 'node:path';
import { Args } from '@oclif/core';
import { BaseCommand, benchFlag } from '../../base-command.js';
import { type Exported, exportBenchKey } from '../../encryption/encryption.js';
import { UsageError } from '../../errors.js';
import { requireVolumeHost } from '../../host/platform.js';
import { escrowFlags, escrowWish, passphraseFlags, passphraseFrom } from '../../key-flags.js';
import { exportedText } from '../../output/key.js';
import { tellingSteps } from '../../output/step-reporter.js';

export default class KeyExport extends BaseCommand {
  static override summary =
    'Put a copy of the key of an encrypted bench away, for the day when this host is gone';
  static override description =
    'The file is one of age: whoever has the secret key of a recipient, or the passphrase, opens it without bench.';
  static override examples = [
    '<%= config.bin %> key export /media/usb/shop-key.age -b shop --recipient age1…',
    '<%= config.bin %> key export /media/usb/shop-key.age -b shop',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'A file that is not there yet' }),
  };
  static override flags = { bench: benchFlag, recipient: escrowFlags.recipient, ...passphraseFlags };

  async run(): Promise<Exported> {
    const { args, flags } = await this.parse(KeyExport);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const json = this.jsonEnabled();
    const passphrase =
      flags.recipient.length > 0
        ? undefined
        : await passphraseFrom(flags, { json, what: 'the export', isNew: true });
    const wish = escrowWish(
      { escrow: resolve(args.file), recipient: flags.recipient, 'no-escrow': false },
      passphrase,
    );
    if (wish?.kind !== 'file') throw new UsageError('wrong-usage', 'There is nothing to export to.');
    const exported = await tellingSteps(json, (onEvent) =>
      exportBenchKey(
        config,
        this.runner,
        wish,
        () => passphraseFrom(flags, { json, what: `the key of ${config.name}`, isNew: false }),
        onEvent,
      ),
    );
    this.log(exportedText(exported));
    return exported;
  }
}
