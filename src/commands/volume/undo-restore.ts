import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import type { BenchConfig } from '../../config/config.js';
import { requireVolumeHost } from '../../host/platform.js';
import { confirmByTyping } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { discardPreviewText, undoPreviewText, undoText } from '../../output/text.js';
import * as SnapshotOrchestrator from '../../snapshot/snapshot-orchestrator.js';

export default class VolumeUndoRestore extends VolumeCommand {
  static override summary = 'Bring back what restore-snapshot --keep has set aside, or drop it';
  static override description =
    'Live data and kept copy change places, each with all its snapshots; run again, they change back. Interrupted ' +
    'anywhere, run it again: it finishes.';
  static override examples = [
    '<%= config.bin %> volume undo-restore -b shop',
    '<%= config.bin %> volume undo-restore --discard -b shop',
  ];
  static override flags = {
    bench: benchFlag,
    discard: Flags.boolean({ summary: 'Drop the kept copy instead: then nothing can be undone' }),
    'kept-at': Flags.string({
      summary: 'With --discard: only the copy that was set aside then, as JSON shows it',
      helpValue: 'TIME',
      dependsOn: ['discard'],
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<SnapshotOrchestrator.UndoResult> {
    const { flags } = await this.parse(VolumeUndoRestore);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const result = flags.discard
      ? await this.discard(config, flags)
      : await this.bringBack(config, flags.yes);
    this.log(undoText(result));
    return result;
  }

  private async bringBack(config: BenchConfig, yes: boolean): Promise<SnapshotOrchestrator.UndoResult> {
    this.logToStderr(undoPreviewText(await SnapshotOrchestrator.previewUndo(config, this.runner)));
    if (!yes) await confirmByTyping(config.name, 'An undo', this.jsonEnabled());
    return tellingSteps(this.jsonEnabled(), (onEvent) =>
      SnapshotOrchestrator.undoRestore(config, this.runner, onEvent),
    );
  }

  private async discard(
    config: BenchConfig,
    { yes, 'kept-at': agreed }: { yes: boolean; 'kept-at': string | undefined },
  ): Promise<SnapshotOrchestrator.UndoResult> {
    const shown = await SnapshotOrchestrator.previewDiscard(config, this.runner);
    this.logToStderr(discardPreviewText(shown));
    if (!yes) await confirmByTyping(config.name, 'Dropping it', this.jsonEnabled());
    return SnapshotOrchestrator.discardKept(config, this.runner, agreed ?? shown.keptAt);
  }
}
