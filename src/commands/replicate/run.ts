import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { copyText } from '../../output/replicate.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { type CopyResult, runCopy } from '../../replicate/replicate.js';

export default class ReplicateRun extends VolumeCommand {
  static override summary = 'Bring the copy of a bench on another host up to now';
  static override description =
    'A consistent snapshot, and every one that the other host does not have yet; what was cut off is gone on with. The ' +
    'copy there is never rolled back: one that has diverged stops this with what to do.';
  static override examples = [
    '<%= config.bin %> replicate run -b shop',
    '<%= config.bin %> replicate run -b shop --no-snapshot',
  ];
  static override flags = {
    bench: benchFlag,
    snapshot: Flags.boolean({
      summary: 'Take a snapshot first; with --no-snapshot what there is goes',
      default: true,
      allowNo: true,
    }),
  };

  async run(): Promise<CopyResult> {
    const { flags } = await this.parse(ReplicateRun);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const result = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      runCopy(config, this.runner, { withoutSnapshot: !flags.snapshot, onEvent }),
    );
    this.log(copyText(result));
    return result;
  }
}
