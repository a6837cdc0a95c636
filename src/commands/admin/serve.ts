import { Flags } from '@oclif/core';
import { VolumeCommand } from '../../base-command.js';
import { spanMs } from '../../config/duration.js';
import { UsageError } from '../../errors.js';

export default class AdminServe extends VolumeCommand {
  static override summary = 'Serve API and page until it is stopped: what bench admin enable has systemd do';
  static override examples = ['<%= config.bin %> admin serve --listen 127.0.0.1:8443'];
  static override flags = {
    socket: Flags.string({ summary: 'Listen on this socket', helpValue: 'PATH' }),
    listen: Flags.string({ summary: 'Listen on this address', helpValue: 'ADDRESS:PORT' }),
    host: Flags.string({
      summary: 'A name by which browsers call this host; may be repeated',
      helpValue: 'NAME',
      multiple: true,
      default: [],
    }),
    'tls-cert': Flags.string({ summary: 'Certificate in PEM', helpValue: 'FILE' }),
    'tls-key': Flags.string({ summary: 'Its key in PEM', helpValue: 'FILE' }),
    idle: Flags.string({ summary: 'End when nobody was there for so long, such as 120s', helpValue: 'SPAN' }),
  };

  async run(): Promise<{ ended: true }> {
    const { flags } = await this.parse(AdminServe);
    const { root, version } = this.config;
    const { startServer } = await import('../../api/api.js');
    const running = await startServer(
      {
        root,
        version,
        socket: flags.socket,
        listen: flags.listen,
        tlsCert: flags['tls-cert'],
        tlsKey: flags['tls-key'],
        hosts: flags.host,
        idleMs: flags.idle === undefined ? undefined : idleMs(flags.idle),
      },
      { runner: this.runner },
    );
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => running.stop());
    await running.ended;
    return { ended: true };
  }
}

function idleMs(text: string): number {
  const [, seconds] = /^([1-9]\d{0,4})s$/.exec(text) ?? [];
  const ms = seconds === undefined ? spanMs(text) : Number(seconds) * 1000;
  if (ms !== undefined) return ms;
  throw new UsageError('span-invalid', `${JSON.stringify(text)} is no span of time, such as 120s or 10m.`);
}
