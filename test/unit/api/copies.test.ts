import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startOperation } from '../../../src/api/operations/launch.js';
import type { Operation } from '../../../src/api/operations/operation.js';
import { Operations } from '../../../src/api/operations/operations.js';
import { lookOutside, outsideCommand } from '../../../src/api/outside.js';
import { operationsIn } from '../../../src/api/paths.js';
import type { Command } from '../../../src/host/exec.js';
import { apiServer, HandLauncher, type Server } from './harness.js';

const COPY = '20250528-140000-1234567890123456789-full';
const SECRET = 'AGE-SECRET-KEY-1QQPLANTEDPLANTEDPLANTED';

const OFFSITE = `[bench]
name = "shop"

[offsite]
url = "s3://copies/hosts/one"
credentials = "/etc/bench-offsite.key"
recipients = ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]
`;

async function withStore(options = {}): Promise<Server> {
  const server = await apiServer(options);
  writeFileSync(join(server.benches, 'shop/bench.toml'), OFFSITE);
  return server;
}

const post = (server: Server, path: string, body: object) =>
  server.ask({ method: 'POST', path: `/v1/benches/shop/${path}`, via: 'unix', body });

describe('copies', () => {
  test.each<[string, object, string[]]>([
    ['copies', {}, ['offsite', 'push', '-b', 'shop']],
    [
      'copies',
      { tag: 'monday', full: true },
      ['offsite', 'push', '-b', 'shop', '--snapshot', 'monday', '--full'],
    ],
    [
      `copies/${COPY}/verify`,
      { level: 'head' },
      ['offsite', 'verify', COPY, '-b', 'shop', '--level', 'head'],
    ],
    ['copies/prune', { confirm: 'shop' }, ['offsite', 'prune', '-b', 'shop', '--yes']],
  ])('POST %s is that command: %j', async (path, body, argv) => {
    const server = await withStore();
    const answer = await post(server, path, body);
    expect([answer.status, answer.json()]).toEqual([202, expect.objectContaining({ argv })]);
  });

  test('of a bench that sends none are none, and its status is null', async () => {
    const server = await apiServer();
    for (const path of ['offsite', 'replicate']) {
      const answer = await server.ask({ path: `/v1/benches/shop/${path}`, via: 'unix' });
      expect([answer.status, answer.text]).toEqual([200, 'null']);
    }
    for (const answer of [
      await server.ask({ path: '/v1/benches/shop/copies', via: 'unix' }),
      await post(server, 'copies', {}),
      await post(server, 'replicate/run', {}),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.json()).toMatchObject({ code: expect.stringMatching(/^(offsite|replicate)-missing$/) });
    }
    expect(server.launcher.begun).toEqual([]);
  });

  test.each<[string, object]>([
    ['copies/..%2f..%2fx/verify', {}],
    [`copies/${COPY}/verify`, { level: 'boot' }],
    [`copies/${COPY}/verify`, { level: 'head', identity: SECRET }],
    [`copies/${COPY}/restore`, { as: '-x', identity: SECRET, confirm: '-x' }],
    [`copies/${COPY}/restore`, { as: 'back', identity: '/root/identity.txt', confirm: 'back' }],
    [`copies/${COPY}/restore`, { as: 'back', identity: `${SECRET}\u0000`, confirm: 'back' }],
    [`copies/${COPY}/restore`, { as: 'back', identity: `${SECRET} ü`, confirm: 'back' }],
  ])('%s with %j begins nothing, and the answer holds no key', async (path, body) => {
    const server = await withStore();
    const answer = await post(server, path, body);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('PLANTED');
    expect(server.launcher.begun).toEqual([]);
  });
});

describe('a secret key that a client brings along', () => {
  const restore = { as: 'back', identity: `${SECRET}\n`, confirm: 'back' };

  test('is there for the one command, and in nothing that is told or written down', async () => {
    const server = await withStore();
    let seen = '';
    const start = server.launcher.start.bind(server.launcher);
    server.launcher.start = async (operation, directory) => {
      seen = readFileSync(join(directory, 'identity'), 'utf8');
      await start(operation, directory);
    };
    const answer = await post(server, `copies/${COPY}/restore`, restore);
    expect(answer.status).toBe(202);
    expect(seen).toBe(`${SECRET}\n`);
    const [{ directory } = { directory: '' }] = server.launcher.begun;
    for (const file of readdirSync(directory))
      expect(readFileSync(join(directory, file), 'utf8'), file).not.toContain('PLANTED');
    expect(answer.text + JSON.stringify(server.audit)).not.toContain('PLANTED');
  });

  test('does not stay where nothing could be begun, nor where the server was killed', async () => {
    const server = await withStore();
    server.launcher.start = async () => {
      throw new Error('no systemd');
    };
    expect((await post(server, `copies/${COPY}/restore`, restore)).status).toBe(500);
    expect(readdirSync(join(operationsIn(server.paths), 'all'))).toEqual([]);

    const launcher = new HandLauncher();
    const begun = new Operations(operationsIn(server.paths), launcher);
    const request = { title: 'x', command: 'offsite:restore', argv: [] };
    const { operation } = await begun.begin(async () => request, { who: 'x', digest: 'x' });
    const left = join(operationsIn(server.paths), 'all', operation.id, 'identity');
    writeFileSync(left, SECRET);
    await new Operations(operationsIn(server.paths), launcher).tidy();
    expect(existsSync(left)).toBe(false);
    launcher.end(operation.id, {});
  });

  test('is handed on by systemd', () => {
    const operation = { id: 'abcdefghij', title: 'Back', argv: ['offsite', 'restore'] };
    const { argv } = startOperation(operation as unknown as Operation, {
      directory: '/run/x',
      hasIdentity: true,
      program: '/usr/bin/bench',
      root: '/srv',
    });
    expect(argv).toContain('--property=LoadCredential=identity:/run/x/identity');
    expect(argv.slice(-3)).toEqual(['--json', '--identity', '$' + '{CREDENTIALS_DIRECTORY}/identity']);
  });
});

describe('a look beyond this host', () => {
  const answering = (stdout: string, exitCode = 0) => {
    const commands: Command[] = [];
    const run = async (command: Command) => {
      commands.push(command);
      return { argv: command.argv, stdout, stderr: 'said', exitCode, durationMs: 0 };
    };
    return { run, commands };
  };

  test('is a service of its own, for a minute at most', () => {
    const { argv } = outsideCommand(['offsite', 'list', '-b', 'a$HOME'], '/usr/bin/bench', '/srv');
    expect(argv.slice(0, 5)).toEqual(['systemd-run', '--quiet', '--collect', '--pipe', '--wait']);
    expect(argv).toContain('--property=RuntimeMaxSec=60');
    expect(argv.slice(-6)).toEqual(['/usr/bin/bench', 'offsite', 'list', '-b', 'a$$HOME', '--json']);
  });

  test('is what the command prints, asked for once by all who ask within half a minute', async () => {
    const list = { bench: 'shop', url: 's3://x', copies: [], damaged: [], unfinished: [], storedBytes: 0 };
    const runner = answering(JSON.stringify(list));
    const server = await withStore({ runner });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server.ask({ path: '/v1/benches/shop/copies', via: 'unix' })),
    );
    for (const answer of answers) expect([answer.status, answer.json()]).toEqual([200, list]);
    expect(runner.commands).toHaveLength(1);
  });

  test.each([
    [2, 'UsageError'],
    [3, 'RefusedError'],
    [4, 'BusyError'],
    [1, 'VolumeError'],
  ])('that fails with %i says what the command says', async (exitCode, name) => {
    const error = { code: 'store-denied', message: 'No', command: null, stderr: null, suggestions: ['Ask'] };
    const look = lookOutside(answering(JSON.stringify({ error }), exitCode), ['offsite', 'list']);
    await expect(look).rejects.toMatchObject({
      name,
      code: 'store-denied',
      message: 'No',
      suggestions: ['Ask'],
    });
  });

  test('that was ended has given no answer', async () => {
    await expect(lookOutside(answering('', 143), ['offsite', 'list'])).rejects.toMatchObject({
      code: 'look-failed',
      stderr: 'said',
    });
  });
});
