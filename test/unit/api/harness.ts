import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { AuditEntry } from '../../../src/api/defence/audit.js';
import type { Rate } from '../../../src/api/defence/rate.js';
import { createToken } from '../../../src/api/defence/tokens.js';
import type { Deps } from '../../../src/api/define.js';
import { makeLogin } from '../../../src/api/login.js';
import type { Launcher } from '../../../src/api/operations/launch.js';
import type { Operation } from '../../../src/api/operations/operation.js';
import type { AdminPaths } from '../../../src/api/paths.js';
import { makeApp } from '../../../src/api/run-server.js';
import type { Scope } from '../../../src/api/scope.js';
import { LIMITS, serve } from '../../../src/api/server.js';
import type { FleetConfig } from '../../../src/config/host-fleet.js';
import type { Command, CommandResult, Runner } from '../../../src/host/exec.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A runner that starts nothing: what would be started is in `commands`. */
export class NoProcesses implements Runner {
  readonly commands: Command[] = [];

  async run(command: Command): Promise<CommandResult> {
    this.commands.push(command);
    throw new Error(`a process was wanted: ${command.argv.join(' ')}`);
  }
}

/** Operations that a test ends when it likes. */
export class HandLauncher implements Launcher {
  readonly begun: { operation: Operation; directory: string }[] = [];
  readonly alive = new Set<string>();

  async start(operation: Operation, directory: string): Promise<void> {
    this.begun.push({ operation, directory });
    this.alive.add(operation.id);
  }

  async running(): Promise<ReadonlySet<string>> {
    return new Set(this.alive);
  }

  tell(id: string, event: object): void {
    appendFileSync(join(this.directoryOf(id), 'events'), `${JSON.stringify({ at: 'now', ...event })}\n`);
  }

  end(id: string, printed: unknown): void {
    writeFileSync(join(this.directoryOf(id), 'result.json'), JSON.stringify(printed));
    this.alive.delete(id);
  }

  private directoryOf(id: string): string {
    const found = this.begun.find(({ operation }) => operation.id === id);
    if (found === undefined) throw new Error(`no operation ${id} was begun`);
    return found.directory;
  }
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: () => Record<string, never>;
}

export interface Ask {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  via?: 'tcp' | 'unix';
}

/** A server of its own on a port and a socket, with the bench `shop` that is not set up; gone with the test. */
export async function apiServer(
  options: {
    runner?: Runner;
    limits?: Partial<typeof LIMITS>;
    rate?: Rate;
    freshMs?: number;
    fleet?: FleetConfig;
  } = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'bench-api-'));
  const paths: AdminPaths = { run: join(directory, 'run'), state: join(directory, 'state') };
  const benches = join(directory, 'benches');
  mkdirSync(join(benches, 'shop'), { recursive: true });
  mkdirSync(paths.run);
  writeFileSync(join(benches, 'shop/bench.toml'), '[bench]\nname = "shop"\n');
  const before = process.env.BENCHES_ROOT;
  process.env.BENCHES_ROOT = benches;
  const runner = options.runner ?? new NoProcesses();
  const launcher = new HandLauncher();
  const audit: AuditEntry[] = [];
  const around = {
    runner,
    paths,
    launcher,
    audit: (entry: AuditEntry) => audit.push(entry),
    rate: options.rate,
    freshMs: options.freshMs,
    fleet: async () => options.fleet,
  };
  const { app, deps } = await makeApp({ root: ROOT, version: '0.0.0', hosts: ['bench.example.org'] }, around);
  const socket = join(directory, 'api.sock');
  const running = await serve(
    app,
    [
      { door: { via: 'tcp', isTls: false }, at: { host: '127.0.0.1', port: 0 } },
      { door: { via: 'unix', isTls: false }, at: { path: socket } },
    ],
    { idleMs: undefined, isBusy: async () => false, limits: { ...LIMITS, ...options.limits } },
  );
  const [server] = running.servers;
  if (server === undefined) throw new Error('nothing listens');
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    running.stop();
    for (const server of running.servers) server.closeAllConnections();
    if (before === undefined) delete process.env.BENCHES_ROOT;
    else process.env.BENCHES_ROOT = before;
    rmSync(directory, { recursive: true });
  });
  const ask = (wanted: Ask) =>
    send(wanted.via === 'unix' ? { socketPath: socket } : { host: '127.0.0.1', port }, wanted);
  const token = async (scope: Scope, ttlMs?: number) =>
    (await createToken(paths, { name: `test ${scope}`, scope, ttlMs })).token;
  const code = async (scope: Scope = 'admin') => {
    const { url } = await makeLogin(
      runner,
      { scope, user: 'alice', address: 'http://127.0.0.1:8443' },
      paths,
    );
    return url.slice(url.indexOf('=') + 1);
  };
  return { ask, audit, benches, code, deps: deps as Deps, launcher, paths, port, runner, socket, token };
}

export type Server = Awaited<ReturnType<typeof apiServer>>;

function send(to: { host: string; port: number } | { socketPath: string }, wanted: Ask): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body } = wanted;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const type =
    text === undefined
      ? {}
      : {
          'content-type': 'application/json',
          // Node declares none for DELETE.
          ...('transfer-encoding' in headers ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
        };
  const host = 'port' in to ? `127.0.0.1:${to.port}` : 'localhost';
  return new Promise((resolve, reject) => {
    const sent = request(
      { ...to, method, path, headers: { host, ...type, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const content = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: content,
            json: () => JSON.parse(content),
          });
        });
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}
