import { Args, Flags } from '@oclif/core';
import { ChangeCommand, changeFlags } from '../../change-command.js';
import { humanSize } from '../../config/size.js';
import type { ChangeJson } from '../../output/volumes.js';
import { type Exported, exportVolume } from '../../volumes/volumes.js';

export type ExportJson = ChangeJson & Pick<Exported, 'file' | 'format' | 'snapshot' | 'bytes'>;

export default class VolumeExport extends ChangeCommand {
  static override summary = 'Write a block volume into a disk image, as it is now or at a snapshot';
  static override description =
    'A snapshot is read and never the live device, so whoever has the volume goes on. The file appears by its name when ' +
    'it is whole; for root alone.';
  static override examples = [
    '<%= config.bin %> volume export vm-data /srv/out/vm-data.qcow2 --format qcow2',
    '<%= config.bin %> volume export vm-data disk.img --format raw --snapshot 20250528-140000',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Name or id of the volume' }),
    file: Args.string({ required: true, description: 'The image, which is not there yet' }),
  };
  static override flags = {
    ...changeFlags,
    format: Flags.option({
      summary: 'raw: every byte of the disk, with holes; qcow2: only what is in use',
      options: ['raw', 'qcow2'] as const,
      required: true,
    })(),
    snapshot: Flags.string({ summary: 'Default: one of this moment', helpValue: 'TAG' }),
  };

  async run(): Promise<ExportJson> {
    const { args, flags } = await this.parse(VolumeExport);
    let exported: Exported | undefined;
    const json = await this.change(
      flags,
      async (options) => {
        const { format, snapshot: tag } = flags;
        exported = await exportVolume(
          this.runner,
          { volume: args.name, file: args.file, format, tag },
          options,
        );
        return exported;
      },
      () =>
        `Wrote ${exported?.file} (${flags.format}, ${humanSize(exported?.bytes ?? 0)}) from ${exported?.snapshot}.`,
    );
    const { file, format, snapshot, bytes } = exported as Exported;
    return { ...json, file, format, snapshot, bytes };
  }
}
