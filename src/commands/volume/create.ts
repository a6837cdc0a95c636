import { Args, Flags } from '@oclif/core';
import { ChangeCommand, changeFlags } from '../../change-command.js';
import { parseLabels } from '../../config/labels.js';
import { parseVolumeSize } from '../../config/size.js';
import { UsageError } from '../../errors.js';
import {
  type EscrowFlags,
  escrowFlags,
  escrowWish,
  passphraseFlags,
  passphraseFrom,
} from '../../key-flags.js';
import type { EscrowWish } from '../../keys/keys.js';
import type { ChangeJson } from '../../output/volumes.js';
import { cloneVolume, createVolume } from '../../volumes/volumes.js';

export default class VolumeCreate extends ChangeCommand {
  static override summary = 'Make a data volume: a filesystem for benches, or a block volume for machines';
  static override description =
    'It outlives every bench. The size is what it can hold at most; with --reserve that space is guaranteed. Run again ' +
    'after it was cut off, it finishes.';
  static override examples = [
    '<%= config.bin %> volume create uploads 50G --description "customers\' files" --label tier=gold',
    '<%= config.bin %> volume create vm-data 100GB --type block',
    '<%= config.bin %> volume create vm-home 20G --type block --format ext4 --reserve',
    '<%= config.bin %> volume create uploads-test --from uploads@20250528-140000',
    '<%= config.bin %> volume create secrets 10G --encrypted --escrow /media/usb/secrets.age --recipient age1…',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Name of the volume, a letter first' }),
    size: Args.string({
      description: 'Such as 50G or 50GB, base 1024; with --from that of what it is made from',
    }),
  };
  static override flags = {
    ...changeFlags,
    type: Flags.option({
      summary: 'filesystem for benches, block for machines',
      options: ['filesystem', 'block'] as const,
      default: 'filesystem',
    })(),
    format: Flags.option({
      summary: 'What is on a block volume: nothing, or an ext4 file system',
      options: ['raw', 'ext4'] as const,
      default: 'raw',
    })(),
    description: Flags.string({ summary: 'Any text, shown by show and found by list --search', default: '' }),
    label: Flags.string({ summary: 'May be repeated', helpValue: 'KEY=VALUE', multiple: true, default: [] }),
    reserve: Flags.boolean({ summary: 'Guarantee the space, whatever else is in the pool' }),
    shared: Flags.boolean({
      summary:
        'Let several benches write it at once, who have to agree among themselves; no restore rolls it back',
    }),
    encrypted: Flags.boolean({
      summary: 'With a key of its own, which systemd keeps on this host; boots load it',
    }),
    ...escrowFlags,
    ...passphraseFlags,
    pool: Flags.string({ summary: 'Default: the pool of the benches, if there is only one' }),
    from: Flags.string({
      summary: 'A clone of another volume, as it is now or at a snapshot',
      helpValue: 'NAME[@TAG]',
      exclusive: ['pool', 'reserve', 'shared', 'encrypted'],
    }),
  };

  async run(): Promise<ChangeJson> {
    const { args, flags } = await this.parse(VolumeCreate);
    const { from, description } = flags;
    const sizeBytes = args.size === undefined ? undefined : parseVolumeSize(args.size);
    const labels = parseLabels(flags.label);
    const escrow = await this.escrowOf(flags);
    return this.change(
      flags,
      (options) => {
        const common = { name: args.name, description, labels };
        if (from !== undefined) return cloneVolume(this.runner, { ...common, from, sizeBytes }, options);
        const { type: kind, format, pool, reserve = false, shared = false } = flags;
        const of = { kind, format, pool, reserve, shared, encrypted: flags.encrypted ?? false, escrow };
        return createVolume(this.runner, { ...common, ...of, sizeBytes: requireSize(sizeBytes) }, options);
      },
      ({ volume }) => `Made the volume ${args.name}: ${volume?.device ?? volume?.path}`,
    );
  }

  /** @throws UsageError `wrong-usage` for a copy of a key that there is none of */
  private async escrowOf(flags: EscrowFlags & { encrypted?: boolean }): Promise<EscrowWish | undefined> {
    const isSaid = flags.escrow !== undefined || flags['no-escrow'] || flags.recipient.length > 0;
    if (!flags.encrypted && isSaid)
      throw new UsageError('wrong-usage', 'A copy of its key is for --encrypted. Nothing was changed.');
    const asks = flags.escrow !== undefined && flags.recipient.length === 0;
    const passphrase = asks
      ? await passphraseFrom(flags, { json: this.jsonEnabled(), what: 'the export', isNew: true })
      : undefined;
    return escrowWish(flags, passphrase);
  }
}

function requireSize(sizeBytes: number | undefined): number {
  if (sizeBytes !== undefined) return sizeBytes;
  throw new UsageError('wrong-usage', 'How large is the volume to be? Nothing was changed.', {
    suggestions: ['bench volume create NAME SIZE, such as 50G', 'Or a clone: --from NAME'],
  });
}
