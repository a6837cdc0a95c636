import { Args, Flags } from '@oclif/core';
import { ADMIN_PATHS, createToken, SCOPES, type TokenJson } from '../../../api/api.js';
import { VolumeCommand } from '../../../base-command.js';
import { spanMs } from '../../../config/duration.js';
import { UsageError } from '../../../errors.js';

export default class AdminTokenCreate extends VolumeCommand {
  static override summary = 'Make a token for a program; it is shown this once';
  static override description = 'Sent as Authorization: Bearer TOKEN. Only its hash is kept.';
  static override examples = [
    '<%= config.bin %> admin token create monitoring',
    '<%= config.bin %> admin token create deploy --scope operate --expires 90d',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'What it is for: it stands in the audit' }),
  };
  static override flags = {
    scope: Flags.option({
      summary: 'Only look; also what takes nothing away; everything',
      options: SCOPES,
      default: 'read',
    })(),
    expires: Flags.string({ summary: 'Ends after so long, such as 90d', helpValue: 'SPAN' }),
  };

  async run(): Promise<{ token: string } & TokenJson> {
    const { args, flags } = await this.parse(AdminTokenCreate);
    const { scope, expires } = flags;
    const ttlMs = expires === undefined ? undefined : spanMs(expires);
    if (expires !== undefined && ttlMs === undefined)
      throw new UsageError('span-invalid', `${JSON.stringify(expires)} is no span of time, such as 90d.`);
    const made = await createToken(ADMIN_PATHS, { name: args.name, scope, ttlMs });
    this.log(made.token);
    return made;
  }
}
