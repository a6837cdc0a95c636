import { Flags } from '@oclif/core';
import { type AdminStatus, enableAdmin, readAdmin } from '../../api/api.js';
import { VolumeCommand } from '../../base-command.js';
import { tellingSteps } from '../../output/step-reporter.js';
import { type PlanJson, planJson, planText } from '../../output/steps.js';

export type AdminChange = PlanJson & AdminStatus & { dryRun: boolean; changed: boolean };

export default class AdminEnable extends VolumeCommand {
  static override summary = 'Let programs and browsers operate this host: the API, and the page';
  static override description =
    'systemd listens on /run/bench/api.sock, which root and the group bench may open, and with --listen on an address ' +
    'for browsers. The server starts with the first request and ends when nobody is there. Beyond loopback it wants TLS. ' +
    'Run again with other flags, it changes what is there.';
  static override examples = [
    '<%= config.bin %> admin enable',
    '<%= config.bin %> admin enable --listen 127.0.0.1:8443',
    '<%= config.bin %> admin enable --listen 192.0.2.10:8443 --host bench.example.org --tls-cert /etc/ssl/bench.pem --tls-key /etc/ssl/private/bench.key',
  ];
  static override flags = {
    listen: Flags.string({
      summary: 'Address for browsers, such as 127.0.0.1:8443',
      helpValue: 'ADDRESS:PORT',
    }),
    host: Flags.string({
      summary: 'A name by which browsers call this host; may be repeated. Others are turned away',
      helpValue: 'NAME',
      multiple: true,
      default: [],
    }),
    'tls-cert': Flags.string({ summary: 'Certificate in PEM, with those between', helpValue: 'FILE' }),
    'tls-key': Flags.string({ summary: 'Its key in PEM', helpValue: 'FILE' }),
    'dry-run': Flags.boolean({ summary: 'Print what would be done and change nothing' }),
  };

  async run(): Promise<AdminChange> {
    const { flags } = await this.parse(AdminEnable);
    const wish = {
      hosts: flags.host,
      ...(flags.listen === undefined ? {} : { listen: flags.listen }),
      ...(flags['tls-cert'] === undefined ? {} : { tlsCert: flags['tls-cert'] }),
      ...(flags['tls-key'] === undefined ? {} : { tlsKey: flags['tls-key'] }),
    };
    const dryRun = flags['dry-run'] === true;
    const steps = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      enableAdmin(this.runner, wish, { dryRun, onEvent }),
    );
    const plan = { steps, notes: [], complete: true };
    const status = await readAdmin(this.runner);
    if (steps.length === 0) this.log('It is so already: nothing to do.');
    else if (dryRun) this.log(planText(plan));
    else {
      this.log(
        `The API listens on ${status.socket}: curl --unix-socket ${status.socket} http://localhost/v1/benches`,
      );
      if (status.address !== null) this.log(`The page listens on ${status.address}. Next: bench admin login`);
    }
    return { ...planJson(plan), dryRun, changed: !dryRun && steps.length > 0, ...status };
  }
}
