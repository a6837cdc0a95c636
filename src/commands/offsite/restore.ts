import { Args, Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import type { RestoreResult } from '../../offsite/offsite.js';
import { restoreCopyText } from '../../output/offsite.js';
import { tellingSteps } from '../../output/step-reporter.js';

export default class OffsiteRestore extends VolumeCommand {
  static override summary = 'Bring a copy back from the object store, beside whatever is there';
  static override description =
    'The copy and all that it builds on are compared, decrypted and received as a kept volume, of which bench init makes a ' +
    'bench. It takes the place of nothing. Without a copy it is the newest. Interrupted anywhere, run it again: it goes on.';
  static override examples = [
    '<%= config.bin %> offsite restore -b shop --as shop2 --identity /root/identity.txt',
    '<%= config.bin %> offsite restore 20250528-140000 -b shop --as shop3 --identity /root/identity.txt',
    '<%= config.bin %> offsite restore -b shop --as shop4 --identity /root/identity.txt --dry-run',
  ];
  static override args = { copy: Args.string({ description: 'Id of a copy, or tag of its snapshot' }) };
  static override flags = {
    bench: benchFlag,
    as: Flags.string({ summary: 'Name of the bench that comes back; default its own', helpValue: 'NAME' }),
    identity: Flags.string({ summary: 'File with a secret key of age', helpValue: 'FILE' }),
    'dry-run': Flags.boolean({ summary: 'Say what would come back, and change nothing' }),
  };

  async run(): Promise<RestoreResult> {
    const { args, flags } = await this.parse(OffsiteRestore);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const { restoreCopy } = await import('../../offsite/offsite.js');
    const request = { copy: args.copy, as: flags.as, identity: flags.identity };
    const result = await tellingSteps(this.jsonEnabled(), (onStep) =>
      restoreCopy(config, this.runner, request, { dryRun: flags['dry-run'] === true, onStep }),
    );
    this.log(restoreCopyText(result));
    return result;
  }
}
