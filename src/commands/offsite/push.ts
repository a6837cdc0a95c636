import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import type { PushPreview, PushResult } from '../../offsite/offsite.js';
import { copyPruneText, pushPreviewText, pushText } from '../../output/offsite.js';
import { tellingSteps } from '../../output/step-reporter.js';

export default class OffsitePush extends VolumeCommand {
  static override summary = 'Copy a snapshot of a bench to the object store of its bench.toml, encrypted';
  static override description =
    'Takes a consistent snapshot and sends what has changed since the last copy, or the whole of it where a full copy is ' +
    'due. Each part is encrypted with age for the recipients in bench.toml. Interrupted anywhere, run it again: it goes on.';
  static override examples = [
    '<%= config.bin %> offsite push -b shop',
    '<%= config.bin %> offsite push -b shop --dry-run',
    '<%= config.bin %> offsite push -b shop --full',
  ];
  static override flags = {
    bench: benchFlag,
    snapshot: Flags.string({
      summary: 'Tag of a snapshot that bench has taken; default is a fresh one',
      helpValue: 'TAG',
    }),
    full: Flags.boolean({ summary: 'A full copy, whatever there is' }),
    'take-over': Flags.boolean({
      summary: 'Go on below a prefix that holds the copies of another dataset, which is gone for good',
    }),
    prune: Flags.boolean({
      summary: 'Delete afterwards the copies that no rule of bench.toml keeps, where it has any',
    }),
    'dry-run': Flags.boolean({ summary: 'Say what would be copied, and change nothing' }),
  };

  async run(): Promise<PushResult | PushPreview> {
    const { flags } = await this.parse(OffsitePush);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const { pruneCopies, push, previewPush } = await import('../../offsite/offsite.js');
    const request = { tag: flags.snapshot, full: flags.full, takeOver: flags['take-over'] };
    if (flags['dry-run']) {
      const preview = await previewPush(config, this.runner, request);
      this.log(pushPreviewText(preview));
      return preview;
    }
    const result = await tellingSteps(this.jsonEnabled(), (onStep) =>
      push(config, this.runner, request, onStep),
    );
    this.log(pushText(result));
    if (flags.prune && config.offsite?.policy !== undefined) {
      const pruned = await pruneCopies(config, this.runner, { dryRun: false });
      this.log(copyPruneText(pruned));
    }
    return result;
  }
}
