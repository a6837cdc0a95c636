import { Args, Flags } from '@oclif/core';
import { benchFlag, VolumeCommand, volumeFlag } from '../../base-command.js';
import type { BenchConfig } from '../../config/config.js';
import { requireVolumeHost } from '../../host/platform.js';
import { confirmByTyping } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { restorePreviewText, restoreText } from '../../output/text.js';
import * as SnapshotOrchestrator from '../../snapshot/snapshot-orchestrator.js';

export default class VolumeRestoreSnapshot extends VolumeCommand {
  static override summary =
    'Bring files and database back to a snapshot; what is newer is lost, or kept aside';
  static override description =
    'Shows what will be lost and asks for the tag to be typed. Services are stopped, the dataset is unmounted, rolled ' +
    'back and mounted, services are started. Interrupted anywhere, run it again: it finishes.';
  static override examples = [
    '<%= config.bin %> volume restore-snapshot 20250528-140000 -b shop',
    '<%= config.bin %> volume restore-snapshot before-upgrade --keep -b shop',
    '<%= config.bin %> volume restore-snapshot before-upgrade -b shop --yes',
  ];
  static override args = { tag: Args.string({ required: true, description: 'Tag of the snapshot' }) };
  static override flags = {
    bench: benchFlag,
    volume: volumeFlag,
    keep: Flags.boolean({
      summary: 'Lose nothing: keep everything as it is now, for undo-restore',
      exclusive: ['volume'],
    }),
    'without-volumes': Flags.boolean({ summary: 'Leave the data volumes of the bench as they are' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask: what is newer than the snapshot is lost' }),
  };

  async run(): Promise<SnapshotOrchestrator.RestoreResult> {
    const { args, flags } = await this.parse(VolumeRestoreSnapshot);
    await requireVolumeHost(this.runner);
    const { volume } = flags;
    if (volume !== undefined) return this.restoreVolume(volume, args.tag, flags.yes);
    const config = await this.openBench(flags.bench, false);
    const request = { tag: args.tag, keep: flags.keep, withoutVolumes: flags['without-volumes'] === true };
    const confirmed = flags.yes ? this.show.bind(this) : await this.agreedTo(config, request);
    const result = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      SnapshotOrchestrator.restoreSnapshot(config, this.runner, request, confirmed, onEvent),
    );
    this.log(restoreText(result));
    return result;
  }

  private async restoreVolume(
    volume: string,
    tag: string,
    yes: boolean,
  ): Promise<SnapshotOrchestrator.RestoreResult> {
    const preview = await SnapshotOrchestrator.previewVolumeRestore(this.runner, volume, tag);
    this.show(preview);
    if (!yes) await this.ask(preview);
    const result = await SnapshotOrchestrator.restoreVolume(this.runner, volume, tag, preview);
    this.log(restoreText(result));
    return result;
  }

  private async agreedTo(
    config: BenchConfig,
    request: SnapshotOrchestrator.RestoreRequest,
  ): Promise<SnapshotOrchestrator.RestorePreview> {
    const preview = await SnapshotOrchestrator.previewRestore(config, this.runner, request);
    this.show(preview);
    await this.ask(preview);
    return preview;
  }

  private show(preview: SnapshotOrchestrator.RestorePreview): void {
    this.logToStderr(restorePreviewText(preview));
  }

  private async ask({ tag }: SnapshotOrchestrator.RestorePreview): Promise<void> {
    await confirmByTyping(tag, 'A restore', this.jsonEnabled());
  }
}
