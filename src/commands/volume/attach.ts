import { Args, Flags } from '@oclif/core';
import { benchFlag } from '../../base-command.js';
import { ChangeCommand, changeFlags } from '../../change-command.js';
import { parseVolumeSize } from '../../config/size.js';
import { UsageError } from '../../errors.js';
import type { ChangeJson } from '../../output/volumes.js';
import { attachToBench, attachToMachine, TOOLS } from '../../volumes/volumes.js';

/** `words`: what the tool of `--print` is to be told. */
export type AttachJson = ChangeJson & { words: string | null };

export default class VolumeAttach extends ChangeCommand {
  static override summary = 'Give a data volume to a bench at a path, or to a machine as a drive';
  static override description =
    'One writer or any number of readers, whoever asks at the same moment. A bench goes on running; bench.toml, fstab ' +
    'and the guards of its units know the volume from then on. For a machine it is recorded, and its own tool has to be told.';
  static override examples = [
    '<%= config.bin %> volume attach uploads -b shop --path sites/uploads',
    '<%= config.bin %> volume attach models -b shop --path models --read-only',
    '<%= config.bin %> volume attach models -b test --path models --overlay 1G',
    '<%= config.bin %> volume attach vm-data --machine web1 --print qemu',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name or id of the volume' }) };
  static override flags = {
    ...changeFlags,
    bench: benchFlag,
    path: Flags.string({ summary: 'Where the bench sees it, below its directory', helpValue: 'REL' }),
    'read-only': Flags.boolean({ summary: 'Only read it; others may, too', exclusive: ['overlay'] }),
    overlay: Flags.string({
      summary: 'A private writable copy of it as it is now, which can take so much',
      helpValue: 'SIZE',
      exclusive: ['machine'],
    }),
    machine: Flags.string({
      summary: 'A machine of another tool, by its name there',
      exclusive: ['bench', 'path'],
    }),
    drive: Flags.string({ summary: 'Such as vdb; default the next one', dependsOn: ['machine'] }),
    print: Flags.option({
      summary: 'What this tool is to be told',
      options: TOOLS,
      dependsOn: ['machine'],
    })(),
  };

  async run(): Promise<AttachJson> {
    const { args, flags } = await this.parse(VolumeAttach);
    const { path, overlay, machine, drive } = flags;
    if (machine !== undefined) {
      const mode = flags['read-only'] ? 'ro' : 'rw';
      let words: string | null = null;
      const json = await this.change(
        flags,
        async (options) => {
          const request = { volume: args.name, machine, drive, mode, tool: flags.print } as const;
          const changed = await attachToMachine(this.runner, request, options);
          words = changed.words;
          return changed;
        },
        ({ volume }) => `Attached ${args.name} to the machine ${machine}: ${volume?.device}`,
      );
      if (words !== null) this.log(words);
      return { ...json, words };
    }
    if (path === undefined) {
      throw new UsageError('wrong-usage', 'Where is the bench to see the volume? Nothing was changed.', {
        suggestions: [`--path sites/${args.name}`, 'For a machine: --machine NAME'],
      });
    }
    const mode = overlay !== undefined ? 'overlay' : flags['read-only'] ? 'ro' : 'rw';
    const overlayBytes = overlay === undefined ? undefined : parseVolumeSize(overlay);
    const config = await this.openBench(flags.bench, false);
    const json = await this.change(
      flags,
      (options) =>
        attachToBench(config, this.runner, { volume: args.name, path, mode, overlayBytes }, options),
      () => `Attached ${args.name} to the bench ${config.name} at ${path}.`,
    );
    return { ...json, words: null };
  }
}
