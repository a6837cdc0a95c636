import { Flags } from '@oclif/core';
import { BaseCommand, benchFlag } from '../../base-command.js';
import { type Loaded, loadBenchKey } from '../../encryption/encryption.js';
import { requireVolumeHost } from '../../host/platform.js';
import { passphraseFlags, passphraseFrom } from '../../key-flags.js';
import { loadedText } from '../../output/key.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { planTimers } from '../../schedule/schedule.js';

export default class KeyLoad extends BaseCommand {
  static override summary = 'Load the key of an encrypted bench, and bring up what has waited for it';
  static override description =
    'The key comes from where bench.toml says, or from a file: a key, or an export of one. One that does not fit is ' +
    'refused, and nothing is changed.';
  static override examples = [
    '<%= config.bin %> key load -b shop',
    '<%= config.bin %> key load -b shop --file shop-key.age --identity me.txt',
  ];
  static override flags = {
    bench: benchFlag,
    file: Flags.string({ summary: 'A key, or an export of one', helpValue: 'FILE' }),
    identity: Flags.string({
      summary: 'Opens an export to a recipient: a secret key of age',
      helpValue: 'FILE',
      dependsOn: ['file'],
    }),
    store: Flags.boolean({
      summary: 'Keep it where bench.toml says, in the place of what lies there',
      dependsOn: ['file'],
    }),
    ...passphraseFlags,
  };

  async run(): Promise<Loaded> {
    const { flags } = await this.parse(KeyLoad);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const loaded = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      loadBenchKey(
        {
          config,
          runner: this.runner,
          reload: () => this.openBench(config.name, false),
          beyond: planTimers,
          onEvent,
        },
        {
          file: flags.file,
          identity: flags.identity,
          store: flags.store,
          passphrase: (what) => passphraseFrom(flags, { json: this.jsonEnabled(), what, isNew: false }),
        },
      ),
    );
    for (const note of loaded.notes) this.log(`Note: ${note}`);
    this.log(loadedText(loaded));
    return loaded;
  }
}
