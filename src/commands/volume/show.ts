import { Args } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { volumeText } from '../../output/volumes.js';
import { showVolume, type VolumeDetails } from '../../volumes/volumes.js';

export default class VolumeShow extends VolumeCommand {
  static override summary = 'Show everything that is known of one data volume';
  static override examples = [
    '<%= config.bin %> volume show uploads',
    '<%= config.bin %> volume show uploads --json',
  ];
  static override args = {
    name: Args.string({
      required: true,
      description: 'Name or id of the volume; POOL/NAME where pools have the same',
    }),
  };

  async run(): Promise<VolumeDetails> {
    const { args } = await this.parse(VolumeShow);
    const volume = await showVolume(this.runner, args.name);
    this.log(volumeText(volume));
    return volume;
  }
}
