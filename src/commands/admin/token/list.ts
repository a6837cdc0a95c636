import { ADMIN_PATHS, listTokens, type TokenJson } from '../../../api/api.js';
import { VolumeCommand } from '../../../base-command.js';
import { table } from '../../../output/table.js';

export default class AdminTokenList extends VolumeCommand {
  static override summary = 'List the tokens of programs';
  static override examples = ['<%= config.bin %> admin token list'];

  async run(): Promise<{ tokens: TokenJson[] }> {
    await this.parse(AdminTokenList);
    const list = await listTokens(ADMIN_PATHS);
    const rows = list.tokens.map(({ id, name, scope, createdAt, expiresAt, expired }) => [
      id,
      name,
      scope,
      createdAt.slice(0, 10),
      expired ? 'expired' : (expiresAt?.slice(0, 10) ?? 'never'),
    ]);
    this.log(rows.length === 0 ? 'No token.' : table([['ID', 'NAME', 'SCOPE', 'MADE', 'ENDS'], ...rows]));
    return list;
  }
}
