import { BaseCommand, benchFlag } from '../../base-command.js';
import { type KeyStatus, readKeyStatus } from '../../encryption/encryption.js';
import { requireVolumeHost } from '../../host/platform.js';
import { keyStatusText } from '../../output/key.js';

export default class KeyStatusCommand extends BaseCommand {
  static override summary =
    'Which key an encrypted bench has, whether it is loaded, and where copies of it are';
  static override examples = ['<%= config.bin %> key status', '<%= config.bin %> key status -b shop --json'];
  static override flags = { bench: benchFlag };

  async run(): Promise<KeyStatus> {
    const { flags } = await this.parse(KeyStatusCommand);
    await requireVolumeHost(this.runner);
    const status = await readKeyStatus(await this.openBench(flags.bench, true), this.runner);
    this.log(keyStatusText(status));
    return status;
  }
}
