import { Args } from '@oclif/core';
import { ChangeCommand, changeFlags } from '../../change-command.js';
import type { ChangeJson } from '../../output/volumes.js';
import { renameVolume } from '../../volumes/volumes.js';

export default class VolumeRename extends ChangeCommand {
  static override summary = 'Give a data volume another name; its id and all that is known of it stay';
  static override description =
    'Refused while it is attached or in use: its name stands in mounts and devices.';
  static override examples = ['<%= config.bin %> volume rename uploads uploads-2024'];
  static override args = {
    old: Args.string({ required: true, description: 'Name or id of the volume' }),
    new: Args.string({ required: true, description: 'Its name from now on' }),
  };
  static override flags = changeFlags;

  async run(): Promise<ChangeJson> {
    const { args, flags } = await this.parse(VolumeRename);
    return this.change(
      flags,
      (options) => renameVolume(this.runner, args.old, args.new, options),
      () => `Renamed the volume ${args.old} to ${args.new}.`,
    );
  }
}
