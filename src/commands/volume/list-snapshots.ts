import { benchFlag, VolumeCommand, volumeFlag } from '../../base-command.js';
import { snapshotListText } from '../../output/text.js';
import * as SnapshotOrchestrator from '../../snapshot/snapshot-orchestrator.js';

export default class VolumeListSnapshots extends VolumeCommand {
  static override summary = 'List the snapshots of a bench or a data volume, newest first';
  static override examples = [
    '<%= config.bin %> volume list-snapshots',
    '<%= config.bin %> volume list-snapshots -b shop --json',
  ];
  static override flags = { bench: benchFlag, volume: volumeFlag };

  async run(): Promise<SnapshotOrchestrator.SnapshotList> {
    const { flags } = await this.parse(VolumeListSnapshots);
    const list =
      flags.volume === undefined
        ? await SnapshotOrchestrator.listBenchSnapshots(await this.openBench(flags.bench, true), this.runner)
        : await SnapshotOrchestrator.listVolumeSnapshots(this.runner, flags.volume);
    this.log(snapshotListText(list));
    return list;
  }
}
