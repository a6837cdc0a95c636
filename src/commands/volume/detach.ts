import { Args, Flags } from '@oclif/core';
import { benchFlag } from '../../base-command.js';
import { ChangeCommand, changeFlags } from '../../change-command.js';
import type { BenchConfig } from '../../config/config.js';
import { UsageError } from '../../errors.js';
import type { ChangeJson } from '../../output/volumes.js';
import {
  detachFromBench,
  detachFromMachine,
  type OverlayEnd,
  releaseUnknownBench,
} from '../../volumes/volumes.js';

export default class VolumeDetach extends ChangeCommand {
  static override summary = 'Take a data volume from a bench or a machine; the data stay';
  static override description =
    'Refused while processes use files in it, which are named. What was written to a private copy is dropped or kept ' +
    'as a volume of its own, as you say.';
  static override examples = [
    '<%= config.bin %> volume detach uploads -b shop',
    '<%= config.bin %> volume detach models -b test --keep-as models-test',
    '<%= config.bin %> volume detach vm-data --machine web1',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name or id of the volume' }) };
  static override flags = {
    ...changeFlags,
    bench: benchFlag,
    machine: Flags.string({ summary: 'A machine of another tool', exclusive: ['bench'] }),
    'keep-as': Flags.string({
      summary: 'Keep what was written to a private copy as a volume of this name',
      helpValue: 'NAME',
      exclusive: ['drop', 'machine'],
    }),
    drop: Flags.boolean({ summary: 'Drop what was written to a private copy', exclusive: ['machine'] }),
  };

  async run(): Promise<ChangeJson> {
    const { args, flags } = await this.parse(VolumeDetach);
    const { machine, bench } = flags;
    if (machine !== undefined) {
      return this.change(
        flags,
        (options) => detachFromMachine(this.runner, args.name, machine, options),
        () => `Detached ${args.name} from the machine ${machine}.`,
      );
    }
    const end = endOf(flags);
    const config = await this.openKnown(bench);
    return this.change(
      flags,
      (options) =>
        typeof config === 'string'
          ? releaseUnknownBench(this.runner, args.name, config, options)
          : detachFromBench(config, this.runner, args.name, end, options),
      () => `Detached ${args.name} from the bench ${typeof config === 'string' ? config : config.name}.`,
    );
  }

  /** The bench, or its name where this host has none of it. */
  private async openKnown(bench: string | undefined): Promise<BenchConfig | string> {
    try {
      return await this.openBench(bench, false);
    } catch (error) {
      if (bench !== undefined && error instanceof UsageError && error.code === 'bench-not-found')
        return bench;
      throw error;
    }
  }
}

function endOf(flags: { 'keep-as'?: string | undefined; drop?: boolean }): OverlayEnd | undefined {
  if (flags['keep-as'] !== undefined) return { keepAs: flags['keep-as'] };
  return flags.drop === true ? 'drop' : undefined;
}
