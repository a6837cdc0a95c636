import { UsageError } from '../errors.js';
import { isLoopback } from './defence/hosts.js';

/** The first descriptor that systemd hands on (sd_listen_fds(3)). */
const FIRST_FD = 3;

/**
 * The sockets that systemd has opened for this process, with the name of each (`FileDescriptorName=`). None where it was
 * started otherwise, or where they are meant for another process. Pure.
 */
export function inherited(env: NodeJS.ProcessEnv, pid: number): { fd: number; name: string }[] {
  const count = Number(env.LISTEN_FDS);
  if (Number(env.LISTEN_PID) !== pid || !Number.isInteger(count) || count < 1 || count > 16) return [];
  const names = (env.LISTEN_FDNAMES ?? '').split(':');
  return Array.from({ length: count }, (_, index) => ({ fd: FIRST_FD + index, name: names[index] ?? '' }));
}

export interface Address {
  host: string;
  port: number;
}

/**
 * `127.0.0.1:8443`, `[::1]:8443`.
 * @param hasTls whether there are a certificate and a key
 * @throws UsageError `listen-invalid`; `tls-needed` for an address that others can reach, without TLS
 */
export function parseListen(text: string, hasTls: boolean): Address {
  const [, six, four, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9a-zA-Z.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const [host, port] = [six ?? four, Number(digits)];
  if (host === undefined || !(port > 0 && port < 65536))
    throw new UsageError('listen-invalid', `${JSON.stringify(text)} is no address to listen on.`, {
      suggestions: ['It must be ADDRESS:PORT, such as 127.0.0.1:8443 or [::1]:8443.'],
    });
  if (!isLoopback(host) && !hasTls)
    throw new UsageError(
      'tls-needed',
      `${text} can be reached from elsewhere, which wants TLS. Nothing was changed.`,
      {
        suggestions: [
          'Name a certificate and its key: --tls-cert FILE --tls-key FILE',
          'Or listen on 127.0.0.1:8443, and come by: ssh -L 8443:127.0.0.1:8443 HOST',
        ],
      },
    );
  return { host, port };
}
