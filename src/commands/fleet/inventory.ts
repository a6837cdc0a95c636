import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { UsageError } from '../../errors.js';
import { type AnsibleInventory, ansibleInventory, hostVars, readHosts } from '../../fleet/fleet.js';
import { withFleet } from '../../ownership/ownership.js';

export default class FleetInventory extends VolumeCommand {
  static override summary = 'Print the hosts of the fleet as Ansible reads them';
  static override description =
    'Groups are bench_fleet, bench_present, bench_absent, and one for each label, such as role_prod.';
  static override examples = [
    '<%= config.bin %> fleet inventory --list',
    '<%= config.bin %> fleet inventory --host web1',
  ];
  static override flags = {
    list: Flags.boolean({ summary: 'All hosts', exclusive: ['host'] }),
    host: Flags.string({ summary: 'The variables of one', helpValue: 'NAME' }),
  };

  async run(): Promise<AnsibleInventory | ReturnType<typeof hostVars>> {
    const { flags } = await this.parse(FleetInventory);
    const hosts = await withFleet((fleet) => readHosts(fleet));
    const wanted = hosts.find(({ name }) => name === flags.host);
    if (flags.host !== undefined && wanted === undefined)
      throw new UsageError('host-unknown', `The fleet has no host ${flags.host}.`, {
        suggestions: ['bench fleet hosts'],
      });
    const printed = wanted === undefined ? ansibleInventory(hosts) : hostVars(wanted);
    this.log(JSON.stringify(printed, null, 2));
    return printed;
  }
}
