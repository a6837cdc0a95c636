import { Args, Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { giveWay } from '../../host/priority.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { verifyText } from '../../output/verify.js';
import type { VerifyResult } from '../../verify/verify.js';

export default class VolumeVerify extends VolumeCommand {
  static override summary = 'Prove a snapshot: start MariaDB on a copy of it, out of sight, and read it';
  static override description =
    'The copy takes no space but for what recovery writes, has no network and little of the host, and is taken away ' +
    'again. Every table is checked, and what [verify] sql in bench.toml expects is asked. What was found stands on the ' +
    'snapshot: list-snapshots shows it. Without a tag it is the newest.';
  static override examples = [
    '<%= config.bin %> volume verify -b shop',
    '<%= config.bin %> volume verify before-upgrade --extended -b shop',
    '<%= config.bin %> volume verify --all --quick -b shop --json',
  ];
  static override args = { tag: Args.string({ description: 'Tag of the snapshot' }) };
  static override flags = {
    bench: benchFlag,
    all: Flags.boolean({ summary: 'Every snapshot that bench has made', exclusive: ['newest'] }),
    newest: Flags.boolean({ summary: 'The newest one that bench has made; the default' }),
    quick: Flags.boolean({ summary: "Only recovery and each table's end", exclusive: ['extended'] }),
    extended: Flags.boolean({ summary: 'Also each entry of each index' }),
  };

  async run(): Promise<VerifyResult> {
    const { args, flags } = await this.parse(VolumeVerify);
    const { chooseWhich, verifySnapshots } = await import('../../verify/verify.js');
    const which = chooseWhich(args.tag, flags);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, true);
    giveWay();
    const level = flags.quick ? 'quick' : flags.extended ? 'extended' : 'normal';
    const result = await tellingSteps(this.jsonEnabled(), (onStep) =>
      verifySnapshots(config, this.runner, { which, level }, onStep),
    );
    this.log(verifyText(result));
    return result;
  }
}
