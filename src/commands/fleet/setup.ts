import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { parseLabels } from '../../config/labels.js';
import { RefusedError } from '../../errors.js';
import { type FleetWish, previewSetup, type SetupPlan, setUp } from '../../fleet/fleet.js';
import { requireVolumeHost } from '../../host/platform.js';
import { type FleetSetupJson, fleetSetupJson, fleetSetupText } from '../../output/fleet-setup.js';
import { agrees, requireTerminal } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { printable } from '../../printable.js';

export default class FleetSetup extends VolumeCommand {
  static override summary =
    'Let this host into a fleet: etcd, a name, labels, and a timer that tells what is here';
  static override description =
    'Asks etcd first, then writes [fleet] of /etc/bench/host.toml and the timer. Run again with other flags, it changes ' +
    'what was said; without any, it finds nothing to do. Certificates have to be there (docs/fleet.md).';
  static override examples = [
    '<%= config.bin %> fleet setup --etcd https://etcd1:2379 --ca /etc/bench/fleet/ca.pem --cert /etc/bench/fleet/host.pem --key /etc/bench/fleet/host.key --dry-run',
    '<%= config.bin %> fleet setup --label role=prod --label site=berlin',
  ];
  static override flags = {
    etcd: Flags.string({
      summary: 'A member of etcd; may be repeated',
      helpValue: 'https://HOST:PORT',
      multiple: true,
    }),
    ca: Flags.string({ summary: "Who signs etcd's certificates, PEM", helpValue: 'FILE' }),
    cert: Flags.string({ summary: 'The certificate of this host, PEM', helpValue: 'FILE' }),
    key: Flags.string({ summary: 'Its key, PEM, mode 0600', helpValue: 'FILE' }),
    user: Flags.string({ summary: "A user of etcd's, where its authentication is on", helpValue: 'NAME' }),
    'password-file': Flags.string({ summary: 'What its password is in, mode 0600', helpValue: 'FILE' }),
    prefix: Flags.string({ summary: 'Before every key; default /bench/', helpValue: '/PATH/' }),
    name: Flags.string({
      summary: 'What the fleet calls this host; default its host name',
      helpValue: 'NAME',
    }),
    address: Flags.string({
      summary: 'How other hosts reach it by ssh; default its name',
      helpValue: 'HOST',
    }),
    label: Flags.string({
      summary: 'To select hosts by; may be repeated, and is in the place of all of before',
      helpValue: 'KEY=VALUE',
      multiple: true,
    }),
    start: Flags.option({
      options: ['always', 'answered'] as const,
      summary: 'Whether a bench with a copy elsewhere starts where etcd does not answer; default always',
    })(),
    'dry-run': Flags.boolean({ summary: 'Say what would be done and change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<FleetSetupJson> {
    const { flags } = await this.parse(FleetSetup);
    await requireVolumeHost(this.runner);
    const { label, 'password-file': password, 'dry-run': dryRun, yes, json: _json, ...rest } = flags;
    const wish: FleetWish = Object.fromEntries(
      Object.entries({
        ...rest,
        password,
        labels: label === undefined ? undefined : parseLabels(label),
      }).filter(([, value]) => value !== undefined),
    );
    if (dryRun) {
      const plan = await previewSetup(wish, this.runner);
      this.log(fleetSetupText(plan));
      return fleetSetupJson(plan, true);
    }
    const done = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      setUp({
        wish,
        runner: this.runner,
        product: this.config.version,
        confirm: (plan) => this.confirm(plan, yes),
        onEvent,
      }),
    );
    for (const bench of done.published.superseded)
      this.log(`${bench} belongs to another host now: it is not started here.`);
    this.log(`${done.host} is in the fleet. Next: bench fleet hosts`);
    return fleetSetupJson(done, false);
  }

  private async confirm(plan: SetupPlan, yes: boolean): Promise<void> {
    if (yes || plan.steps.length === 0) return;
    requireTerminal('Letting this host into a fleet', this.jsonEnabled());
    process.stderr.write(printable(`${fleetSetupText(plan)}\n`));
    if (await agrees()) return;
    throw new RefusedError('not-confirmed', 'The plan was not agreed to. Nothing was changed.');
  }
}
