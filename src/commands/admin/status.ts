import { readAdmin, type AdminStatus as Status } from '../../api/api.js';
import { VolumeCommand } from '../../base-command.js';

export default class AdminStatus extends VolumeCommand {
  static override summary = 'Show whether API and page are on, and where they listen';
  static override examples = ['<%= config.bin %> admin status'];

  async run(): Promise<Status> {
    await this.parse(AdminStatus);
    const status = await readAdmin(this.runner);
    const { enabled, listening, socket, address, tls, hosts, running, tokens } = status;
    if (!enabled && !listening) this.log('API and page are off: bench admin enable');
    else {
      this.log(`API      ${socket}  ${listening ? 'listening' : 'not listening: bench admin enable'}`);
      const names = hosts.length === 0 ? '' : ` as ${hosts.join(', ')}`;
      this.log(`Page     ${address === null ? 'off' : `${tls ? 'https' : 'http'}://${address}${names}`}`);
      this.log(`Server   ${running ? 'running' : 'starts with the next request'}`);
      this.log(`Tokens   ${tokens}`);
    }
    return status;
  }
}
