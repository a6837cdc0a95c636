import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand, volumeFlag } from '../../base-command.js';
import { snapshotText } from '../../output/text.js';
import * as SnapshotOrchestrator from '../../snapshot/snapshot-orchestrator.js';

export default class VolumeSnapshot extends VolumeCommand {
  static override summary = 'Take a consistent snapshot of files and database';
  static override description =
    'Commits wait while ZFS takes the snapshot, readers do not. Where the lock is not had in time nothing is taken. The ' +
    'data volumes that the bench writes are taken along.';
  static override examples = [
    '<%= config.bin %> volume snapshot',
    '<%= config.bin %> volume snapshot --tag before-upgrade --note "before v15" -b shop',
    '<%= config.bin %> volume snapshot --volume vm-data',
  ];
  static override flags = {
    bench: benchFlag,
    volume: volumeFlag,
    tag: Flags.string({ summary: 'Name after the @; default the time, YYYYMMDD-HHMMSS in UTC' }),
    note: Flags.string({ summary: 'Any text, shown by list-snapshots' }),
    'crash-consistent': Flags.boolean({ summary: 'Take it even where MariaDB runs and does not answer' }),
  };

  async run(): Promise<SnapshotOrchestrator.SnapshotResult> {
    const { flags } = await this.parse(VolumeSnapshot);
    const { bench, volume, tag, note } = flags;
    const options = { ...(tag === undefined ? {} : { tag }), ...(note === undefined ? {} : { note }) };
    const result =
      volume === undefined
        ? await SnapshotOrchestrator.takeSnapshot(await this.openBench(bench, true), this.runner, {
            ...options,
            crashConsistent: flags['crash-consistent'],
          })
        : await SnapshotOrchestrator.takeVolumeSnapshot(this.runner, volume, options);
    this.log(snapshotText(result));
    return result;
  }
}
