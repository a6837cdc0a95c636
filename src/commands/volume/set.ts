import { Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { parseSize } from '../../config/size.js';
import { UsageError } from '../../errors.js';
import { requireVolumeHost } from '../../host/platform.js';
import { setText } from '../../output/text.js';
import * as VolumeManager from '../../volume-manager/volume-manager.js';

export default class VolumeSet extends VolumeCommand {
  static override summary = 'Change quota and reservation while the bench runs';
  static override description =
    'Written to bench.toml and set in ZFS at once, without a restart; where ZFS refuses, bench.toml is put back. A ' +
    'quota below what is used is refused: every write would fail.';
  static override examples = [
    '<%= config.bin %> volume set --quota 80G -b shop',
    '<%= config.bin %> volume set --quota 80G --reservation 20G -b shop',
  ];
  static override flags = {
    bench: benchFlag,
    quota: Flags.string({ summary: 'Hard cap, such as 80G; snapshots count as well', helpValue: 'SIZE' }),
    reservation: Flags.string({ summary: 'Guaranteed space, at most the quota', helpValue: 'SIZE' }),
  };

  async run(): Promise<VolumeManager.SetResult> {
    const { flags } = await this.parse(VolumeSet);
    const { quota, reservation } = flags;
    if (quota === undefined && reservation === undefined) {
      throw new UsageError('nothing-to-set', 'Say what to set. Nothing was changed.', {
        suggestions: ['Name --quota, --reservation, or both.'],
      });
    }
    const wanted = {
      ...(quota === undefined ? {} : { quotaBytes: parseSize(quota) }),
      ...(reservation === undefined ? {} : { reservationBytes: parseSize(reservation) }),
    };
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const result = await VolumeManager.setSizes(config, this.runner, wanted);
    this.log(setText(result));
    return result;
  }
}
