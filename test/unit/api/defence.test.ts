import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostName } from '../../../src/api/defence/hosts.js';
import { RateLimit } from '../../../src/api/defence/rate.js';
import { forget, issue, listKept, lookUp, sweep, useUp } from '../../../src/api/defence/secrets.js';
import { createToken, listTokens, revokeToken } from '../../../src/api/defence/tokens.js';
import { inherited, parseListen } from '../../../src/api/listeners.js';
import { allows } from '../../../src/api/scope.js';

describe('secrets', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bench-secrets-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('are kept as a hash, for root alone', async () => {
    const at = join(directory, 'tokens');
    const { secret } = await issue(at, { name: 'x', scope: 'read' });
    const [name = ''] = readdirSync(at);
    expect(readFileSync(join(at, name), 'utf8')).not.toContain(secret.slice(-43));
    expect(statSync(at).mode & 0o777).toBe(0o700);
    expect(statSync(join(at, name)).mode & 0o777).toBe(0o600);
    expect(await lookUp(at, secret)).toMatchObject({ name: 'x', scope: 'read' });
  });

  test('end when their time is over, and are swept', async () => {
    const now = new Date('2026-01-01T00:00:00Z');
    const { secret, kept } = await issue(directory, { name: 'x', scope: 'read', ttlMs: 60_000 }, now);
    expect(kept.expiresAt).toBe('2026-01-01T00:01:00.000Z');
    expect(await lookUp(directory, secret, new Date('2026-01-01T00:00:59.999Z'))).toBeDefined();
    expect(await lookUp(directory, secret, new Date('2026-01-01T00:01:00Z'))).toBeUndefined();
    await sweep(directory, new Date('2026-01-01T00:01:00Z'));
    expect(await listKept(directory)).toEqual([]);
  });

  test('that count once are gone with their use', async () => {
    const { secret } = await issue(directory, { name: 'x', scope: 'read' });
    expect(await useUp(directory, secret)).toBeDefined();
    expect(await useUp(directory, secret)).toBeUndefined();
  });

  test('whose file was changed into something else let nobody in', async () => {
    const { secret, kept } = await issue(directory, { name: 'x', scope: 'read' });
    rmSync(join(directory, `${kept.id}.json`));
    expect(await lookUp(directory, secret)).toBeUndefined();
    expect(await forget(directory, kept.id)).toBe(false);
  });
});

describe('tokens', () => {
  test('are made, listed without their secret, and revoked by id or by a name that is only one', async () => {
    const state = mkdtempSync(join(tmpdir(), 'bench-tokens-'));
    const paths = { state, run: state };
    const first = await createToken(paths, { name: 'deploy', scope: 'operate' });
    const second = await createToken(paths, { name: 'deploy', scope: 'read', ttlMs: 1000 });
    const { tokens } = await listTokens(paths);
    expect(tokens.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    expect(JSON.stringify(tokens)).not.toContain('_');
    await expect(revokeToken(paths, 'deploy')).rejects.toMatchObject({ code: 'token-ambiguous' });
    await revokeToken(paths, first.id);
    expect(await revokeToken(paths, 'deploy')).toMatchObject({ id: second.id });
    await expect(revokeToken(paths, 'deploy')).rejects.toMatchObject({ code: 'token-missing' });
    await expect(createToken(paths, { name: '../x', scope: 'read' })).rejects.toMatchObject({
      code: 'token-name-invalid',
    });
    rmSync(state, { recursive: true });
  });
});

test.each([
  ['localhost', 'localhost'],
  ['LOCALHOST:80', 'localhost'],
  ['[::1]:8443', '[::1]'],
  ['127.0.0.1:8443', '127.0.0.1'],
  ['a:b@localhost', undefined],
  ['localhost:80:80', undefined],
  ['local host', undefined],
  ['', undefined],
])('the name in Host: %j', (header, name) => {
  expect(hostName(header)).toBe(name);
});

test('scopes hold the smaller ones', () => {
  expect([allows('admin', 'read'), allows('operate', 'operate'), allows('read', 'operate')]).toEqual([
    true,
    true,
    false,
  ]);
});

describe('a rate', () => {
  test('fills again, and forgets who is not seen for longest', () => {
    const limit = new RateLimit({ burst: 2, perSecond: 1 });
    expect([limit.take('a', 0), limit.take('a', 0), limit.take('a', 0)]).toEqual([undefined, undefined, 1]);
    expect(limit.take('a', 1000)).toBeUndefined();
    for (let other = 0; other < 1000; other++) limit.take(`other ${other}`, 1000);
    expect(limit.take('a', 1000)).toBeUndefined();
  });

  test('gives nothing back to a clock that goes backwards', () => {
    const limit = new RateLimit({ burst: 1, perSecond: 1 });
    limit.take('a', 10_000);
    expect(limit.take('a', 0)).toBe(1);
  });
});

describe('where it listens', () => {
  test.each([
    ['127.0.0.1:8443', { host: '127.0.0.1', port: 8443 }],
    ['[::1]:8443', { host: '::1', port: 8443 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
  ])('%s', (text, address) => {
    expect(parseListen(text, false)).toEqual(address);
  });

  test.each([
    '0.0.0.0:8443',
    '[::]:8443',
    '192.0.2.1:8443',
    'bench.example.org:8443',
    '[::ffff:192.0.2.1]:1',
  ])('%s can be reached from elsewhere and wants TLS', (text) => {
    expect(() => parseListen(text, false)).toThrow('which wants TLS');
    expect(parseListen(text, true)).toBeDefined();
  });

  test.each(['8443', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:70000', 'http://127.0.0.1:80', '/run/x.sock'])(
    '%s is no address',
    (text) => {
      expect(() => parseListen(text, true)).toThrow('is no address to listen on');
    },
  );

  test('takes the sockets of systemd that are meant for this process', () => {
    const env = { LISTEN_FDS: '2', LISTEN_PID: '7', LISTEN_FDNAMES: 'unix:web' };
    expect(inherited(env, 7)).toEqual([
      { fd: 3, name: 'unix' },
      { fd: 4, name: 'web' },
    ]);
    expect(inherited(env, 8)).toEqual([]);
    expect(inherited({}, 7)).toEqual([]);
    expect(inherited({ ...env, LISTEN_FDS: '-1' }, 7)).toEqual([]);
  });
});
