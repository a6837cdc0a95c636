import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
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
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<SnapshotOrchestrator.UndoResult> {
    const { flags } = await this.parse(VolumeUndoRestore);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const { discard } = flags;
    this.logToStderr(
      discard
        ? discardPreviewText(await SnapshotOrchestrator.previewDiscard(config, this.runner))
        : undoPreviewText(await SnapshotOrchestrator.previewUndo(config, this.runner)),
    );
    if (!flags.yes)
      await confirmByTyping(config.name, discard ? 'Dropping it' : 'An undo', this.jsonEnabled());
    const result = discard
      ? await SnapshotOrchestrator.discardKept(config, this.runner)
      : await tellingSteps(this.jsonEnabled(), (onEvent) =>
          SnapshotOrchestrator.undoRestore(config, this.runner, onEvent),
        );
    this.log(undoText(result));
    return result;
  }
}
