import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { snapshotText } from '../../output/text.js';
import * as SnapshotOrchestrator from '../../snapshot/snapshot-orchestrator.js';

export default class VolumeSnapshot extends VolumeCommand {
  static override summary = 'Take a consistent snapshot of files and database';
  static override description =
    'Commits wait while ZFS takes the snapshot, readers do not. Where the lock is not had in time nothing is taken.';
  static override examples = [
    '<%= config.bin %> volume snapshot',
    '<%= config.bin %> volume snapshot --tag before-upgrade --note "before v15" -b shop',
  ];
  static override flags = {
    bench: benchFlag,
    tag: Flags.string({ summary: 'Name after the @; default the time, YYYYMMDD-HHMMSS in UTC' }),
    note: Flags.string({ summary: 'Any text, shown by list-snapshots' }),
    'crash-consistent': Flags.boolean({ summary: 'Take it even where MariaDB runs and does not answer' }),
  };

  async run(): Promise<SnapshotOrchestrator.SnapshotResult> {
    const { flags } = await this.parse(VolumeSnapshot);
    const config = await this.openBench(flags.bench, true);
    const result = await SnapshotOrchestrator.takeSnapshot(config, this.runner, {
      ...(flags.tag === undefined ? {} : { tag: flags.tag }),
      ...(flags.note === undefined ? {} : { note: flags.note }),
      crashConsistent: flags['crash-consistent'],
    });
    this.log(snapshotText(result));
    return result;
  }
}
