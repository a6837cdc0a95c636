import { userInfo } from 'node:os';
import { Flags } from '@oclif/core';
import { type Login, makeLogin, SCOPES } from '../../api/api.js';
import { VolumeCommand } from '../../base-command.js';
import { UsageError } from '../../errors.js';
import { sudoCaller } from '../../host/users.js';

export default class AdminLogin extends VolumeCommand {
  static override summary = 'Print an address that lets a browser in: once, and within a minute';
  static override examples = [
    '<%= config.bin %> admin login',
    '<%= config.bin %> admin login --scope read',
    '<%= config.bin %> admin login --address http://127.0.0.1:9443',
  ];
  static override flags = {
    scope: Flags.option({
      summary: 'Only look; also what takes nothing away; everything',
      options: SCOPES,
      default: 'admin',
    })(),
    address: Flags.string({
      summary: 'Where your browser finds the page, such as the end of an ssh -L',
      helpValue: 'URL',
    }),
  };

  async run(): Promise<Login> {
    const { flags } = await this.parse(AdminLogin);
    const { scope, address } = flags;
    if (address !== undefined && !/^https?:\/\/[A-Za-z0-9.[\]:-]+$/.test(address))
      throw new UsageError(
        'address-invalid',
        `${JSON.stringify(address)} is no address such as http://127.0.0.1:9443.`,
      );
    const user = (await sudoCaller(this.runner)) ?? userInfo().username;
    const login = await makeLogin(this.runner, { scope, user, address });
    this.log(login.url);
    this.logToStderr('Good once, for a minute.');
    return login;
  }
}
