import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openBench } from '../bench/bench.js';
import { readFleet } from '../config/host-config.js';
import { UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { createApp } from './app.js';
import { type Audit, auditToJournal } from './defence/audit.js';
import type { Rate } from './defence/rate.js';
import type { Deps } from './define.js';
import { inherited, parseListen } from './listeners.js';
import { type Launcher, SystemdLauncher } from './operations/launch.js';
import { Operations } from './operations/operations.js';
import { readPage } from './page-files.js';
import { ADMIN_PATHS, type AdminPaths, operationsIn } from './paths.js';
import { Readings } from './readings.js';
import { type Entrance, type Running, serve } from './server.js';

export interface ServeWish {
  /** Where the product lies: its page, its schemas. */
  root: string;
  version: string;
  /** A socket of its own, where systemd has opened none. */
  socket?: string | undefined;
  listen?: string | undefined;
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
  hosts: readonly string[];
  /** Milliseconds; undefined: it stays. */
  idleMs?: number | undefined;
}

/** What tests put in the place of the host. */
export interface Around {
  runner: Runner;
  paths?: AdminPaths;
  launcher?: Launcher;
  audit?: Audit;
  rate?: Rate | undefined;
  /** How long a look at the host serves everybody, in milliseconds. */
  freshMs?: number | undefined;
  fleet?: Deps['fleet'] | undefined;
}

/** The answers of the server, and what they are made with. */
export async function makeApp(
  { root, version, hosts }: Pick<ServeWish, 'root' | 'version' | 'hosts'>,
  around: Around,
) {
  const { runner, paths = ADMIN_PATHS, audit = auditToJournal } = around;
  const readings = new Readings(around.freshMs);
  const operations = new Operations(
    operationsIn(paths),
    around.launcher ?? new SystemdLauncher(runner),
    (who) => readings.changed(who),
  );
  const deps: Deps = {
    runner,
    readings,
    operations,
    paths,
    audit,
    openBench: (bench) => openBench({ bench, guess: false }),
    fleet: around.fleet ?? readFleet,
    host: hostname(),
    version,
  };
  const page = await readPage(join(root, 'dist/page'));
  const openapi = await readFile(join(root, 'schemas/openapi.json'), 'utf8').catch(() => '{}');
  return { app: createApp(deps, { hosts, page, openapi, rate: around.rate }), deps };
}

/**
 * Serves until nobody was there for as long as it waits, or until it is stopped.
 * @throws UsageError `listen-invalid`, `tls-needed`, `tls-files`, `nothing-to-listen-on`
 */
export async function startServer(wish: ServeWish, around: Around): Promise<Running> {
  const tls = await readTls(wish);
  const { app, deps } = await makeApp(wish, around);
  await deps.operations.tidy();
  const entrances = entrancesOf(wish, tls);
  return serve(app, entrances, { idleMs: wish.idleMs, isBusy: () => deps.operations.isAnyRunning() });
}

function entrancesOf({ socket, listen }: ServeWish, tls: Entrance['tls']): Entrance[] {
  const fromSystemd = inherited(process.env, process.pid).map(({ fd, name }): Entrance => {
    const isUnix = name === 'unix';
    return {
      door: { via: isUnix ? 'unix' : 'tcp', isTls: !isUnix && tls !== undefined },
      at: { fd },
      tls: isUnix ? undefined : tls,
    };
  });
  const own: Entrance[] = [];
  if (socket !== undefined) own.push({ door: { via: 'unix', isTls: false }, at: { path: socket } });
  if (listen !== undefined) {
    const { host, port } = parseListen(listen, tls !== undefined);
    own.push({ door: { via: 'tcp', isTls: tls !== undefined }, at: { host, port }, tls });
  }
  const all = [...fromSystemd, ...own];
  if (all.length === 0)
    throw new UsageError('nothing-to-listen-on', 'systemd has opened no socket for it, and none was named.', {
      suggestions: ['Have systemd start it: sudo bench admin enable', 'By hand: --listen 127.0.0.1:8443'],
    });
  return all;
}

async function readTls({ tlsCert, tlsKey }: ServeWish): Promise<Entrance['tls']> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  const missing = (file: string | undefined, cause?: unknown) =>
    new UsageError(
      'tls-files',
      `The certificate and its key are both needed: ${file ?? 'one of them'} cannot be read.`,
      {
        cause,
        suggestions: ['--tls-cert FILE --tls-key FILE, in PEM'],
      },
    );
  if (tlsCert === undefined || tlsKey === undefined) throw missing(undefined);
  const [cert, key] = await Promise.all(
    [tlsCert, tlsKey].map((file) =>
      readFile(file).catch((cause) => {
        throw missing(file, cause);
      }),
    ),
  );
  return cert === undefined || key === undefined ? undefined : { cert, key };
}
