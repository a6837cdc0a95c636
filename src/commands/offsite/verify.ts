import { Args, Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import type { VerifyCopyResult } from '../../offsite/offsite.js';
import { verifyCopyText } from '../../output/offsite.js';
import { tellingSteps } from '../../output/step-reporter.js';

export default class OffsiteVerify extends VolumeCommand {
  static override summary = 'Look whether a copy, and all that it builds on, is what was sent';
  static override description =
    'head: every part is there, as large as it should be. hash: all of it is read and compared. stream: it is decrypted, ' +
    'compared with what was sent, and read by zstream. boot: it is received out of sight, and MariaDB starts on it and ' +
    'looks through its tables. From stream on it takes a secret key. Without a copy it is the newest.';
  static override examples = [
    '<%= config.bin %> offsite verify -b shop',
    '<%= config.bin %> offsite verify -b shop --level boot --identity /root/identity.txt',
  ];
  static override args = { copy: Args.string({ description: 'Id of a copy, or tag of its snapshot' }) };
  static override flags = {
    bench: benchFlag,
    level: Flags.option({
      summary: 'How close to look',
      options: ['head', 'hash', 'stream', 'boot'] as const,
      default: 'hash',
    })(),
    identity: Flags.string({ summary: 'File with a secret key of age', helpValue: 'FILE' }),
  };

  async run(): Promise<VerifyCopyResult> {
    const { args, flags } = await this.parse(OffsiteVerify);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, true);
    const { verifyCopy } = await import('../../offsite/offsite.js');
    const request = { copy: args.copy, level: flags.level, identity: flags.identity };
    const result = await tellingSteps(this.jsonEnabled(), (onStep) =>
      verifyCopy(config, this.runner, request, onStep),
    );
    this.log(verifyCopyText(result));
    return result;
  }
}
