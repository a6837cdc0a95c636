import { Args } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { pinText } from '../../output/schedule.js';
import { type PinResult, pinSnapshot } from '../../snapshot/snapshot-orchestrator.js';

export default class VolumePin extends VolumeCommand {
  static override summary = 'Pin a snapshot: it is neither pruned nor destroyed until it is unpinned';
  static override examples = ['<%= config.bin %> volume pin 20250528-140000 -b shop'];
  static override args = { tag: Args.string({ required: true, description: 'Tag of the snapshot' }) };
  static override flags = { bench: benchFlag };

  async run(): Promise<PinResult> {
    const { args, flags } = await this.parse(VolumePin);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const result = await pinSnapshot(config, this.runner, args.tag, true);
    this.log(pinText(result));
    return result;
  }
}
