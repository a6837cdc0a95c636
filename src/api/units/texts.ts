import { quoteArgument } from '../../timers/timers.js';
import { API_SOCKET } from '../paths.js';

export const GROUP = 'bench';
export const SERVICE = 'bench-admin.service';
export const SOCKET = 'bench-admin.socket';
export const WEB_SOCKET = 'bench-admin-web.socket';

/** What `bench admin enable` was told. */
export interface Serving {
  /** For browsers; undefined: only the socket. */
  listen: string | undefined;
  hosts: readonly string[];
  tlsCert: string | undefined;
  tlsKey: string | undefined;
}

export interface UnitOptions {
  /** The program of bench, by an absolute path: another `bench` may be first on PATH. */
  program: string;
  benchesRoot: string;
}

const HEAD = '# Written by bench admin enable; bench admin disable takes it away.';

/**
 * V8 lets garbage lie for as long as there is memory: beside fifty who look, 138 MiB instead of 97 (scripts/api-load.ts).
 * What it collects more often instead costs a twentieth more time of the processor; and with flags of its own V8 passes over
 * what was compiled when the product was built, which costs 50 ms when the server starts.
 */
export const NODE_OPTIONS = '--max-semi-space-size=2 --max-old-space-size=80';

/** Nobody is there for so long: then the server ends, and systemd starts it again for the next one. In seconds. */
export const IDLE_SECONDS = 120;

export function socketText(): string {
  return `${HEAD}
[Unit]
Description=API of bench: who may open it may use it
Documentation=man:bench(1)

[Socket]
ListenStream=${API_SOCKET}
FileDescriptorName=unix
SocketUser=root
SocketGroup=${GROUP}
SocketMode=0660
DirectoryMode=0755
RemoveOnStop=yes
Service=${SERVICE}

[Install]
WantedBy=sockets.target
`;
}

export function webSocketText(listen: string): string {
  return `${HEAD}
[Unit]
Description=Page and API of bench for browsers
Documentation=man:bench(1)

[Socket]
ListenStream=${listen}
FileDescriptorName=web
Service=${SERVICE}

[Install]
WantedBy=sockets.target
`;
}

/** The address that a socket was written with; undefined for what is none of ours. */
export function listenOf(socket: string | undefined): string | undefined {
  return /^ListenStream=(.*)$/m.exec(socket ?? '')?.[1];
}

/** Whether the service was written with a certificate. */
export function hasTls(service: string | undefined): boolean {
  return / "--tls-cert" /.test(service ?? '');
}

/** The names that the service was written with. */
export function hostsOf(service: string | undefined): string[] {
  return [...(service ?? '').matchAll(/ "--host" "([^"]*)"/g)].flatMap(([, name]) => name ?? []);
}

/**
 * Root, because only root looks into disks and starts operations; these are services of their own, so everything that
 * looking does not need is taken from it. It has the host's own mounts: a namespace that lives for long would hold what
 * a restore has to unmount.
 */
export function serviceText({ listen, hosts, tlsCert, tlsKey }: Serving, options: UnitOptions): string {
  const { program, benchesRoot } = options;
  const words = [
    ...['admin', 'serve', '--idle', `${IDLE_SECONDS}s`],
    ...hosts.flatMap((host) => ['--host', host]),
    ...(tlsCert === undefined || tlsKey === undefined ? [] : ['--tls-cert', tlsCert, '--tls-key', tlsKey]),
  ];
  const isLocal = tlsCert === undefined;
  return `${HEAD}
[Unit]
Description=API and page of bench
Documentation=man:bench(1)
Requires=${SOCKET}

[Service]
Type=exec
ExecStart=${[program, ...words].map(quoteArgument).join(' ')}
Sockets=${SOCKET}${listen === undefined ? '' : ` ${WEB_SOCKET}`}
Environment=${quoteArgument(`BENCHES_ROOT=${benchesRoot}`)}
Environment=${quoteArgument(`NODE_OPTIONS=${NODE_OPTIONS}`)}
TimeoutStopSec=15s
UMask=0022
MemoryMax=200M
TasksMax=256
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SYS_RAWIO CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER
DevicePolicy=closed
DeviceAllow=/dev/zfs rw
DeviceAllow=block-* r
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
${isLocal ? 'IPAddressDeny=any\nIPAddressAllow=localhost\n' : ''}LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
`;
}
