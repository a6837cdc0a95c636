import { Args, Flags } from '@oclif/core';
import { benchFlag, VolumeCommand, volumeFlag } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { confirmByTyping } from '../../output/prompt.js';
import { destroyPreviewText, destroyText } from '../../output/text.js';
import * as SnapshotOrchestrator from '../../snapshot/snapshot-orchestrator.js';

export default class VolumeDestroySnapshot extends VolumeCommand {
  static override summary = 'Destroy snapshots, all that are named or none';
  static override description =
    'Held and cloned snapshots are refused with the reason. One that bench did not make is only destroyed when it is ' +
    'named in full, as POOL/DATASET@TAG.';
  static override examples = [
    '<%= config.bin %> volume destroy-snapshot 20250528-140000 -b shop',
    '<%= config.bin %> volume destroy-snapshot monday tuesday -b shop --yes',
  ];
  static override strict = false;
  static override args = {
    tag: Args.string({ required: true, description: 'Tag of the snapshot; several are allowed' }),
  };
  static override flags = {
    bench: benchFlag,
    volume: volumeFlag,
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<SnapshotOrchestrator.DestroyResult> {
    const { argv, flags } = await this.parse(VolumeDestroySnapshot);
    const names = argv.map(String);
    await requireVolumeHost(this.runner);
    const { volume } = flags;
    const config = volume === undefined ? await this.openBench(flags.bench, false) : undefined;
    if (!flags.yes) {
      const preview =
        config === undefined
          ? await SnapshotOrchestrator.previewVolumeDestroy(this.runner, volume ?? '', names)
          : await SnapshotOrchestrator.previewDestroy(config, this.runner, names);
      this.logToStderr(destroyPreviewText(preview));
      const [only] = preview.destroyed;
      const word = preview.destroyed.length === 1 && only !== undefined ? only : 'destroy';
      await confirmByTyping(word, 'Destroying snapshots', this.jsonEnabled());
    }
    const result =
      config === undefined
        ? await SnapshotOrchestrator.destroyVolumeSnapshots(this.runner, volume ?? '', names)
        : await SnapshotOrchestrator.destroySnapshots(config, this.runner, names);
    this.log(destroyText(result));
    return result;
  }
}
