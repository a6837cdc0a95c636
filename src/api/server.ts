import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ListenOptions } from 'node:net';
import type { Door } from './defence/chain.js';
import type { App } from './define.js';
import { getRequestListener } from './web.js';

/** A way in: a socket that systemd has opened, or one to open. */
export interface Entrance {
  door: Door;
  at: ListenOptions & { fd?: number };
  tls?: { cert: Buffer; key: Buffer } | undefined;
}

export interface Running {
  /** Where it listens; of use where the system chose the port. */
  servers: Server[];
  /** Ends when nobody was here for as long as it waits. */
  ended: Promise<void>;
  stop: () => void;
}

/** Who sends slowly, too much, or nothing, is hung up on (node:http). Times in milliseconds. */
export const LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 1000,
};
const MOST_CONNECTIONS = 256;
/** One that takes nothing of its answer for so long. A stream of events says something every 15 s. */
const SILENT_MS = 60_000;

export interface ServeOptions {
  /** How long it stays when nobody is connected; undefined: until it is stopped. */
  idleMs: number | undefined;
  /** Whether something else keeps it. */
  isBusy: () => Promise<boolean>;
  /** Only a test has others. */
  limits?: ServerOptions;
}

/** Listens at each entrance. */
export async function serve(
  app: App,
  entrances: readonly Entrance[],
  { idleMs, isBusy, limits = LIMITS }: ServeOptions,
): Promise<Running> {
  let open = 0;
  let leftAt = performance.now();
  const servers: Server[] = [];
  for (const { door, at, tls } of entrances) {
    const listener = getRequestListener((request, env) => app.fetch(request, { ...env, ...door }));
    const server =
      tls === undefined ? createServer(limits, listener) : createTlsServer({ ...limits, ...tls }, listener);
    server.maxConnections = MOST_CONNECTIONS;
    server.maxRequestsPerSocket = 1000;
    server.timeout = SILENT_MS;
    server.on('connection', (socket) => {
      open += 1;
      socket.on('close', () => {
        open -= 1;
        leftAt = performance.now();
      });
    });
    // What is no HTTP gets an answer and no process.
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy();
        return;
      }
      const status =
        error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, resolve);
    });
    servers.push(server as Server);
  }
  let finish: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const timer =
    idleMs === undefined
      ? undefined
      : setInterval(
          async () => {
            if (open > 0 || performance.now() - leftAt < idleMs || (await isBusy())) return;
            if (open === 0) stop();
          },
          Math.min(1000, idleMs),
        );
  const stop = () => {
    clearInterval(timer);
    for (const server of servers) {
      server.close();
      server.closeIdleConnections();
      // A stream of events would keep it: the browser comes back, and goes on behind the last one it has.
      setTimeout(() => server.closeAllConnections(), 1000).unref();
    }
    finish();
  };
  return { servers, ended, stop };
}
