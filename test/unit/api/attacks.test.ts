import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { revokeToken } from '../../../src/api/defence/tokens.js';
import { type Answer, apiServer, type NoProcesses, type Server } from './harness.js';

const codeOf = (answer: Answer) => [answer.status, (answer.json() as { code?: string }).code];
const COPY = '20250528-140000-1234567890123456789-full';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Logs in as the page does; what a browser sends from then on. */
async function login(server: Server, scope: 'read' | 'operate' | 'admin' = 'admin') {
  const answer = await server.ask({
    method: 'POST',
    path: '/v1/session',
    body: { code: await server.code(scope) },
  });
  expect(answer.status).toBe(200);
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  const { csrf } = answer.json() as unknown as { csrf: string };
  return { cookie, send: { cookie: cookie.split(';')[0] ?? '' }, csrf };
}

describe('for whom a request is', () => {
  test.each([
    'evil.example',
    'evil.example:8443',
    '127.0.0.1.evil.example',
    '192.0.2.1',
    'localhost@evil.example',
  ])('a name that was made to point here is turned away: %j', async (host) => {
    const server = await apiServer();
    const headers = { host, ...bearer(await server.token('admin')) };
    for (const via of ['tcp', 'unix'] as const) {
      const answer = await server.ask({ path: '/v1/benches', headers, via });
      expect([400, 403]).toContain(answer.status);
    }
    expect((server.runner as NoProcesses).commands).toEqual([]);
  });

  test.each(['localhost:9443', '127.0.0.1:9443', '[::1]:9443', 'BENCH.example.org'])(
    '%s is ours',
    async (host) => {
      const server = await apiServer();
      const answer = await server.ask({
        path: '/v1/session',
        headers: { host, ...bearer(await server.token('read')) },
      });
      expect(answer.status).toBe(200);
    },
  );
});

test.each([
  'GET /v1/session HTTP/1.0\r\n\r\n',
  'GET /v1/session HTTP/1.1\r\n\r\n',
  'GET /v1/session HTTP/1.1\r\nHost:\r\n\r\n',
])('who says nothing of a host gets nowhere: %j', async (text) => {
  const server = await apiServer();
  const heard = await new Promise<string>((resolve) => {
    let all = '';
    const client = connect(server.socket, () => client.end(text));
    client.on('data', (chunk) => {
      all += chunk.toString();
    });
    client.on('close', () => resolve(all));
  });
  expect(heard).toMatch(/^HTTP\/1\.1 40[03] /);
});

describe('where a request comes from', () => {
  test.each<[string, Record<string, string>]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['another port of this host', { origin: 'http://127.0.0.1:1' }],
    ['an origin that is hidden', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sister of the site', { 'sec-fetch-site': 'same-site' }],
    ['a frame of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('%s is turned away, with a session as well', async (_, headers) => {
    const server = await apiServer();
    const { send, csrf } = await login(server);
    const answer = await server.ask({
      method: 'POST',
      path: '/v1/benches/shop/snapshots',
      headers: { ...send, 'x-csrf-token': csrf, ...headers },
      body: {},
    });
    expect(codeOf(answer)).toEqual([403, 'origin-not-allowed']);
    expect(server.launcher.begun).toEqual([]);
  });

  test('the own page is not', async () => {
    const server = await apiServer();
    const { send } = await login(server);
    const headers = { ...send, origin: `http://127.0.0.1:${server.port}`, 'sec-fetch-site': 'same-origin' };
    expect((await server.ask({ path: '/v1/session', headers })).status).toBe(200);
  });
});

describe('who asks', () => {
  test.each<[string, Record<string, string>]>([
    ['nobody', {}],
    ['a token that was never made', bearer(`bench_0123456789abcdef_${'A'.repeat(43)}`)],
    ['a token that is none', bearer('../../etc/passwd')],
    ['a name and a password', { authorization: 'Basic cm9vdDpyb290' }],
    ['a cookie that was never set', { cookie: `bench_session=bench_0123456789abcdef_${'A'.repeat(43)}` }],
    [
      'the cookie of the other kind',
      { cookie: `__Host-bench_session=bench_0123456789abcdef_${'A'.repeat(43)}` },
    ],
  ])('%s is asked to log in, from this host as well', async (_, headers) => {
    const server = await apiServer();
    expect(codeOf(await server.ask({ path: '/v1/benches', headers }))).toEqual([401, 'login-needed']);
    expect((server.runner as NoProcesses).commands).toEqual([]);
  });

  test('who may open the socket may use it; but not with a token that is none', async () => {
    const server = await apiServer();
    expect((await server.ask({ path: '/v1/session', via: 'unix' })).json()).toMatchObject({ scope: 'admin' });
    const answer = await server.ask({ path: '/v1/session', via: 'unix', headers: bearer('wrong') });
    expect(answer.status).toBe(401);
  });

  test('a token of which one character differs, one that has ended, one that was revoked', async () => {
    const server = await apiServer();
    const good = await server.token('read');
    expect((await server.ask({ path: '/v1/session', headers: bearer(good) })).status).toBe(200);
    const last = good.endsWith('A') ? 'B' : 'A';
    const ended = await server.token('admin', -1);
    for (const token of [`${good.slice(0, -1)}${last}`, ended])
      expect((await server.ask({ path: '/v1/session', headers: bearer(token) })).status).toBe(401);
    await revokeToken(server.paths, 'test read');
    expect((await server.ask({ path: '/v1/session', headers: bearer(good) })).status).toBe(401);
  });

  test('an address to log in by counts once, however many come at the same moment', async () => {
    const server = await apiServer();
    const code = await server.code();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => server.ask({ method: 'POST', path: '/v1/session', body: { code } })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(7);
  });

  test('guesses are slowed down, and who has a token is not', async () => {
    const server = await apiServer();
    const guesses: number[] = [];
    for (let guess = 0; guess < 14; guess++)
      guesses.push((await server.ask({ path: '/v1/session', headers: bearer(`guess${guess}`) })).status);
    expect(guesses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(guesses.slice(10)).toEqual(Array(4).fill(429));
    expect(
      (await server.ask({ path: '/v1/session', headers: bearer(await server.token('read')) })).status,
    ).toBe(200);
  });

  test('nobody asks without end, and nobody is kept out by others', async () => {
    const server = await apiServer({ rate: { burst: 3, perSecond: 0.001 } });
    const headers = bearer(await server.token('read'));
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++)
      statuses.push((await server.ask({ path: '/v1/session', headers })).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const refused = await server.ask({ path: '/v1/session', headers });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await server.ask({ path: '/v1/session', via: 'unix' })).status).toBe(200);
  });

  test('the cookie is out of reach for scripts and for other sites', async () => {
    const server = await apiServer();
    const { cookie } = await login(server);
    expect(cookie).toMatch(
      /^bench_session=bench_[0-9a-f]{16}_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
  });

  test('who has logged out is out', async () => {
    const server = await apiServer();
    const { send, csrf } = await login(server);
    const out = await server.ask({
      method: 'DELETE',
      path: '/v1/session',
      headers: { ...send, 'x-csrf-token': csrf },
    });
    expect(out.status).toBe(204);
    expect((await server.ask({ path: '/v1/session', headers: send })).status).toBe(401);
  });
});

describe('what somebody may do', () => {
  const changes: [string, string, unknown, 'operate' | 'admin'][] = [
    ['POST', '/v1/benches/shop/snapshots', {}, 'operate'],
    ['POST', '/v1/benches/shop/schedule/run', undefined, 'operate'],
    ['POST', '/v1/volumes', { name: 'uploads', sizeBytes: 1024 ** 3 }, 'operate'],
    ['POST', '/v1/benches/shop/copies', {}, 'operate'],
    ['POST', `/v1/benches/shop/copies/${COPY}/verify`, {}, 'operate'],
    ['POST', '/v1/benches/shop/replicate/run', undefined, 'operate'],
    [
      'POST',
      `/v1/benches/shop/copies/${COPY}/restore`,
      { as: 'back', identity: 'AGE-SECRET-KEY-1X', confirm: 'back' },
      'admin',
    ],
    ['POST', '/v1/benches/shop/copies/prune', { confirm: 'shop' }, 'admin'],
    ['POST', '/v1/benches/shop/extract', { tag: 'monday', database: 'app' }, 'admin'],
    ['POST', '/v1/benches/shop/restore', { tag: 'monday', confirm: 'monday' }, 'admin'],
    ['POST', '/v1/benches/shop/undo', { confirm: 'shop' }, 'admin'],
    ['DELETE', '/v1/benches/shop/snapshots/monday?confirm=monday', undefined, 'admin'],
    ['DELETE', '/v1/volumes/uploads?confirm=uploads', undefined, 'admin'],
    ['PATCH', '/v1/benches/shop/settings', { quotaBytes: 1 }, 'admin'],
    ['PUT', '/v1/benches/shop/schedule', { snapshot: 'hourly' }, 'admin'],
    ['POST', '/v1/benches', { name: 'new' }, 'admin'],
  ];
  test.each(changes)('%s %s wants its scope', async (method, path, body, scope) => {
    const server = await apiServer();
    const less = scope === 'admin' ? 'operate' : 'read';
    const headers = bearer(await server.token(less));
    const answer = await server.ask({ method, path, headers, ...(body === undefined ? {} : { body }) });
    expect(codeOf(answer)).toEqual([403, 'scope-too-small']);
    expect(server.launcher.begun).toEqual([]);
    expect((server.runner as NoProcesses).commands).toEqual([]);
  });

  test.each([undefined, '', 'wrong', 'A'.repeat(43)])(
    'a change of a session wants its own token, not %j',
    async (token) => {
      const server = await apiServer();
      const { send } = await login(server);
      const headers = { ...send, ...(token === undefined ? {} : { 'x-csrf-token': token }) };
      const answer = await server.ask({
        method: 'POST',
        path: '/v1/benches/shop/snapshots',
        headers,
        body: {},
      });
      expect(codeOf(answer)).toEqual([403, 'csrf-token-wrong']);
      expect(server.launcher.begun).toEqual([]);
    },
  );

  test.each<[string, string, unknown]>([
    ['POST', '/v1/benches/shop/restore', { tag: 'monday', confirm: 'tuesday' }],
    ['POST', '/v1/benches/shop/undo', { confirm: 'Shop' }],
    ['DELETE', '/v1/benches/shop/snapshots/monday?confirm=tuesday', undefined],
    ['DELETE', '/v1/volumes/uploads?confirm=upload', undefined],
    ['POST', '/v1/benches/shop/prune', { confirm: 'prune' }],
    ['POST', '/v1/benches/shop/copies/prune', { confirm: 'copies' }],
    [
      'POST',
      `/v1/benches/shop/copies/${COPY}/restore`,
      { as: 'back', identity: 'AGE-SECRET-KEY-1X', confirm: 'shop' },
    ],
    ['POST', '/v1/benches/shop/extract', { tag: 'monday', files: ['sites'] }],
    ['POST', '/v1/benches/shop/extract', { tag: 'monday', database: 'app', replace: true, confirm: 'app' }],
  ])('%s %s wants the name once more', async (method, path, body) => {
    const server = await apiServer();
    const headers = bearer(await server.token('admin'));
    const answer = await server.ask({ method, path, headers, ...(body === undefined ? {} : { body }) });
    expect(codeOf(answer)).toEqual([400, 'not-confirmed']);
    expect((server.runner as NoProcesses).commands).toEqual([]);
  });
});

describe('what is sent', () => {
  test('a body that is too large, declared or not', async () => {
    const server = await apiServer();
    const headers = bearer(await server.token('admin'));
    const body = JSON.stringify({ note: 'x'.repeat(70_000) });
    const path = '/v1/benches/shop/snapshots';
    expect((await server.ask({ method: 'POST', path, headers, body })).status).toBe(413);
    const chunked = { ...headers, 'transfer-encoding': 'chunked' };
    expect((await server.ask({ method: 'POST', path, headers: chunked, body })).status).toBe(413);
  });

  test('headers that are too large', async () => {
    const server = await apiServer();
    const answer = await server.ask({ path: '/', headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(answer.status).toBe(431);
  });

  test('who sends slowly is hung up on', async () => {
    const server = await apiServer({
      limits: { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 },
    });
    const hungUp = new Promise<string>((resolve) => {
      let heard = '';
      const client = connect(server.port, '127.0.0.1', () =>
        client.write('GET /v1/benches HTTP/1.1\r\nHost: loc'),
      );
      const drip = setInterval(() => client.write('a'), 50);
      client.on('data', (chunk) => {
        heard += chunk.toString();
      });
      client.on('close', () => {
        clearInterval(drip);
        resolve(heard);
      });
      client.on('error', () => undefined);
    });
    expect(await hungUp).toMatch(/^(HTTP\/1\.1 40[08] .*)?/);
  });

  test.each([
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2fschemas%2fopenapi.json',
    '/app.js%00.html',
    '/v1/benches/..%2f..%2fetc',
    '/v1/benches/shop/snapshots/..%2f..%2fx/restore',
    '/v1/operations/..%2f..%2f..%2fetc%2fpasswd',
    '/v1/volumes/-rf',
    '/v1/benches/..%2f..%2fetc/copies',
    '/v1/benches/--help',
  ])('a path that leads elsewhere is none: %s', async (path) => {
    const server = await apiServer();
    const answer = await server.ask({ path, headers: bearer(await server.token('admin')) });
    expect([400, 404]).toContain(answer.status);
    expect(answer.text).not.toContain('root:');
    expect((server.runner as NoProcesses).commands).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['a flag in the place of a tag', { tag: '--yes' }],
    ['a newline in a note', { note: 'a\nb' }],
    ['a note that is a flag', { note: '--crash-consistent' }],
    ['a key that nobody knows', { tag: 'monday', force: true }],
    ['a list', []],
    ['a text that is no JSON', '{"tag": '],
    ['a prototype', '{"__proto__": {"tag": "monday"}}'],
  ])('%s begins nothing', async (_, body) => {
    const server = await apiServer();
    const headers = bearer(await server.token('admin'));
    const answer = await server.ask({ method: 'POST', path: '/v1/benches/shop/snapshots', headers, body });
    expect(answer.status).toBe(400);
    expect(server.launcher.begun).toEqual([]);
  });

  test('nothing inline, nothing from elsewhere, in whatever is answered', async () => {
    const server = await apiServer();
    for (const path of ['/', '/v1/benches', '/nothing', '/v1/openapi.json']) {
      const { headers } = await server.ask({ path });
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

test('the audit says who and what of every change and of all who were turned away, and no secret', async () => {
  const server = await apiServer();
  const token = await server.token('operate');
  const begun = await server.ask({
    method: 'POST',
    path: '/v1/benches/shop/snapshots?x=secret',
    headers: bearer(token),
    body: { note: 'secret' },
  });
  expect(begun.status).toBe(202);
  await server.ask({ path: '/v1/benches', headers: bearer('secret') });
  await server.ask({ path: '/v1/session', headers: bearer(token) });
  const { id } = begun.json() as unknown as { id: string };
  expect(server.audit).toEqual([
    {
      who: expect.stringMatching(/^token test operate \([0-9a-f]{16}\)$/),
      what: 'POST /v1/benches/shop/snapshots',
      status: 202,
      operation: id,
    },
    { who: '127.0.0.1', what: 'GET /v1/benches', status: 401, code: 'login-needed' },
  ]);
  expect(JSON.stringify(server.audit)).not.toContain('secret');
});
