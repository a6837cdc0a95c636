import { Args, Flags } from '@oclif/core';
import { ChangeCommand, changeFlags } from '../../change-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { confirmByTyping } from '../../output/prompt.js';
import { type ChangeJson, deletePreviewText } from '../../output/volumes.js';
import { deleteVolume, previewDelete } from '../../volumes/volumes.js';

export default class VolumeDelete extends ChangeCommand {
  static override summary = 'Destroy a data volume with its snapshots, for good';
  static override description =
    'Shows what will be lost and asks for the name to be typed. Refused while it is attached, in use, held or cloned.';
  static override examples = [
    '<%= config.bin %> volume delete uploads',
    '<%= config.bin %> volume delete uploads --yes',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name or id of the volume' }) };
  static override flags = { ...changeFlags, yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }) };

  async run(): Promise<ChangeJson> {
    const { args, flags } = await this.parse(VolumeDelete);
    await requireVolumeHost(this.runner);
    let confirmed: string | undefined;
    if (!flags.yes && !flags['dry-run']) {
      const preview = await previewDelete(this.runner, args.name);
      this.logToStderr(deletePreviewText(preview));
      await confirmByTyping(preview.volume.name, 'Deleting a volume', this.jsonEnabled());
      confirmed = preview.volume.id;
    }
    return this.change(
      flags,
      (options) => deleteVolume(this.runner, args.name, { ...options, confirmed }),
      () => `Deleted the volume ${args.name}.`,
    );
  }
}
