import { Args, Flags } from '@oclif/core';
import { ChangeCommand, changeFlags } from '../../change-command.js';
import { parseLabels } from '../../config/labels.js';
import { humanSize, parseVolumeSize } from '../../config/size.js';
import type { ChangeJson } from '../../output/volumes.js';
import { type Imported, importVolume } from '../../volumes/volumes.js';

export type ImportJson = ChangeJson & Pick<Imported, 'source'>;

export default class VolumeImport extends ChangeCommand {
  static override summary = 'Make a data volume of a disk image (raw, qcow2) or an archive (tar, gz, zst)';
  static override description =
    'An image becomes a block volume, an archive a filesystem. Refused before anything is made: an image that refers to ' +
    'other files, a member of an archive that lies or leads out of it, device files. An ext4 file system that is the ' +
    'whole image gets a UUID of its own. What is in an archive belongs to root, or to --owner.';
  static override examples = [
    '<%= config.bin %> volume import disk.qcow2 vm-data',
    '<%= config.bin %> volume import disk.img vm-data --size 100G --description "of the old host"',
    '<%= config.bin %> volume import uploads.tar.zst uploads --size 50G --owner frappe',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'The image or archive' }),
    name: Args.string({ required: true, description: 'Name of the new volume, a letter first' }),
  };
  static override flags = {
    ...changeFlags,
    type: Flags.option({
      summary: 'What it becomes; default as the file is',
      options: ['filesystem', 'block'] as const,
    })(),
    size: Flags.string({
      summary: 'Default: that of the disk in the image, or a quarter more than is in the archive',
      helpValue: 'SIZE',
    }),
    format: Flags.option({
      summary: 'raw: take an image as it is to the byte, its UUID included',
      options: ['raw'] as const,
    })(),
    owner: Flags.string({
      summary: 'The user that what is in an archive is to belong to',
      helpValue: 'USER',
    }),
    description: Flags.string({ summary: 'Any text, shown by show and found by list --search', default: '' }),
    label: Flags.string({ summary: 'May be repeated', helpValue: 'KEY=VALUE', multiple: true, default: [] }),
    reserve: Flags.boolean({ summary: 'Guarantee the space, whatever else is in the pool' }),
    pool: Flags.string({ summary: 'Default: the pool of the benches, if there is only one' }),
  };

  async run(): Promise<ImportJson> {
    const { args, flags } = await this.parse(VolumeImport);
    const { type: kind, size, owner, description, pool, reserve = false } = flags;
    let source: Imported['source'] | undefined;
    const request = {
      ...{ file: args.file, name: args.name, kind, description, pool, reserve, owner },
      ...{ labels: parseLabels(flags.label), asItIs: flags.format === 'raw' },
      sizeBytes: size === undefined ? undefined : parseVolumeSize(size),
    };
    const json = await this.change(
      flags,
      async (options) => {
        const imported = await importVolume(this.runner, request, options);
        source = imported.source;
        return imported;
      },
      ({ volume }) =>
        `Made the volume ${args.name} of ${source?.file} (${source?.format}, ${humanSize(source?.bytes ?? 0)}): ${volume?.device ?? volume?.path}`,
    );
    return { ...json, source: source as Imported['source'] };
  }
}
