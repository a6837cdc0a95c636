import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { durationMs } from '../../config/duration.js';
import { EXIT, UsageError } from '../../errors.js';
import { type Rebuilt, readHosts, rebuild } from '../../fleet/fleet.js';
import { catchSignals } from '../../host/interrupt.js';
import { remoteHost } from '../../names.js';
import { withFleet } from '../../ownership/ownership.js';

export default class FleetRebuild extends VolumeCommand {
  static override summary = 'Read hosts again by ssh, and write what they tell into etcd';
  static override description =
    'Those that are named as ssh knows them, else all that the fleet knows. After etcd has lost everything, name them all: ' +
    'of each bench the host with the highest epoch has the right to it.';
  static override examples = ['<%= config.bin %> fleet rebuild', '<%= config.bin %> fleet rebuild web1 web2'];
  static override strict = false;
  static override flags = {
    parallel: Flags.integer({ summary: 'How many hosts at once', default: 32, min: 1, max: 256 }),
    timeout: Flags.string({ summary: 'For each host, at most 1h', default: '1m', helpValue: 'TIME' }),
  };

  async run(): Promise<Rebuilt> {
    const { argv, flags } = await this.parse(FleetRebuild);
    const timeoutMs = durationMs(flags.timeout);
    if (timeoutMs === undefined)
      throw new UsageError('wrong-usage', '--timeout needs a time such as 60s or 5m, at most one hour.');
    const names = argv.map(String);
    const wrong = names.find((name) => remoteHost(name) !== undefined);
    if (wrong !== undefined)
      throw new UsageError('host-invalid', `${JSON.stringify(wrong)} ${remoteHost(wrong)}.`);
    const stopping = new AbortController();
    const release = catchSignals(() => stopping.abort());
    try {
      const rebuilt = await withFleet(async (fleet) => {
        const hosts =
          names.length > 0 ? names.map((name) => ({ name, address: name })) : await readHosts(fleet);
        const { parallel } = flags;
        return rebuild(fleet, this.runner, { hosts, parallel, timeoutMs, stop: stopping.signal });
      });
      this.log(`Written: ${rebuilt.hosts.join(', ') || 'none'}; rights to ${rebuilt.owners} benches.`);
      for (const { host, because } of rebuilt.failed) this.log(`Not read: ${host} (${because})`);
      if (rebuilt.failed.length > 0) process.exitCode = EXIT.failed;
      return rebuilt;
    } finally {
      release();
    }
  }
}
