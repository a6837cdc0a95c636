import { Args } from '@oclif/core';
import { ADMIN_PATHS, revokeToken, type TokenJson } from '../../../api/api.js';
import { VolumeCommand } from '../../../base-command.js';

export default class AdminTokenRevoke extends VolumeCommand {
  static override summary = 'Revoke a token: from now on nobody gets in by it';
  static override examples = ['<%= config.bin %> admin token revoke monitoring'];
  static override args = { token: Args.string({ required: true, description: 'Name or id of the token' }) };

  async run(): Promise<TokenJson> {
    const { args } = await this.parse(AdminTokenRevoke);
    const revoked = await revokeToken(ADMIN_PATHS, args.token);
    this.log(`Revoked the token ${revoked.name}.`);
    return revoked;
  }
}
