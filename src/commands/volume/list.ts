import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { spanMs } from '../../config/duration.js';
import { UsageError } from '../../errors.js';
import { volumeListText } from '../../output/volumes.js';
import { type VolumeList as Listed, listVolumes } from '../../volumes/volumes.js';

export default class VolumeList extends VolumeCommand {
  static override summary =
    'List the volumes of this host: those of benches, and data volumes with who has them';
  static override examples = [
    '<%= config.bin %> volume list',
    '<%= config.bin %> volume list --status available --unused-for 30d',
    '<%= config.bin %> volume list --search tier=gold --json',
  ];
  static override flags = {
    bench: Flags.string({ char: 'b', summary: 'Only those that this bench has', helpValue: 'NAME' }),
    status: Flags.option({ options: ['available', 'attached', 'incomplete'] as const })(),
    kind: Flags.option({ options: ['filesystem', 'block'] as const })(),
    search: Flags.string({ summary: 'In name, id, description, labels and who has it', helpValue: 'TEXT' }),
    'unused-for': Flags.string({ summary: 'Attached to nobody for so long, such as 30d', helpValue: 'SPAN' }),
  };

  async run(): Promise<Listed> {
    const { flags } = await this.parse(VolumeList);
    const { bench, status, kind, search } = flags;
    const list = await listVolumes(this.runner, {
      ...(bench === undefined ? {} : { bench }),
      ...(status === undefined ? {} : { status }),
      ...(kind === undefined ? {} : { kind }),
      ...(search === undefined ? {} : { search }),
      ...(flags['unused-for'] === undefined ? {} : { unusedForMs: requireSpan(flags['unused-for']) }),
    });
    this.log(volumeListText(list));
    return list;
  }
}

function requireSpan(text: string): number {
  const ms = spanMs(text);
  if (ms !== undefined) return ms;
  throw new UsageError(
    'span-invalid',
    `${JSON.stringify(text)} is no span of time: it must be a whole number with m, h, d or w, such as "30d".`,
  );
}
