import { Args } from '@oclif/core';
import { ChangeCommand, changeFlags } from '../../change-command.js';
import { humanSize, parseVolumeSize } from '../../config/size.js';
import type { ChangeJson } from '../../output/volumes.js';
import { resizeVolume } from '../../volumes/volumes.js';

export default class VolumeResize extends ChangeCommand {
  static override summary = 'Grow a data volume; shrink a filesystem down to what it holds';
  static override description =
    'A filesystem changes while it is in use. An ext4 on a block volume grows with it, in use where this host has it ' +
    'mounted; what machines have, they grow themselves. A block volume never shrinks.';
  static override examples = ['<%= config.bin %> volume resize uploads 80G'];
  static override args = {
    name: Args.string({ required: true, description: 'Name or id of the volume' }),
    size: Args.string({ required: true, description: 'Such as 80G or 80GB, base 1024' }),
  };
  static override flags = changeFlags;

  async run(): Promise<ChangeJson> {
    const { args, flags } = await this.parse(VolumeResize);
    const sizeBytes = parseVolumeSize(args.size);
    return this.change(
      flags,
      (options) => resizeVolume(this.runner, args.name, sizeBytes, options),
      ({ volume }) => `The volume ${args.name} has ${humanSize(volume?.sizeBytes ?? sizeBytes)} now.`,
    );
  }
}
