import { expect, test } from 'vitest';
import type { Operation } from '../../../src/api/api.js';
import type { CloneReport } from '../../../src/output/clone.js';
import type { SnapshotList } from '../../../src/snapshot/snapshot-orchestrator.js';
import { Client } from '../http.js';
import { benchJson, contentOf } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'bench' });

const sh = async (line: string, options = {}) => (await guest().sh(line, options)).stdout.trim();
let api: Client;
let web: string;

test('the server is on', async () => {
  await benchJson(guest(), ['admin', 'enable', '--listen', '127.0.0.1:8443']);
  api = new Client(`http://127.0.0.1:${await guest().forward('/run/bench/api.sock')}`);
  web = `http://127.0.0.1:${await guest().forward('127.0.0.1:8443')}`;
  expect(await api.get('/v1/session')).toMatchObject({ scope: 'admin' });
});

/** Words that a client should not send, and some that it may. */
const WORDS = [
  'shop',
  '../..',
  '%00',
  '-rf',
  '--yes',
  '$(id)',
  '`id`',
  'a\nb',
  '{}',
  '[]',
  '1e999',
  'ü',
  "'",
  '"',
  '',
  'x'.repeat(2000),
];

test('10,000 requests of nonsense crash nothing and start nothing', async () => {
  const { token } = await benchJson<{ token: string }>(guest(), ['admin', 'token', 'create', 'fuzz']);
  const pid = await sh('systemctl show -P MainPID bench-admin');
  // One process a request that was let through would be seen in what the kernel has ever started.
  const before = Number(await sh("awk '/^processes/ {print $2}' /proc/stat"));
  let seed = 1;
  const pick = <T>(of: readonly T[]): T => {
    seed = (seed * 48271) % 2147483647;
    return of[seed % of.length] as T;
  };
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  const roots = ['v1/benches', 'v1/volumes', 'v1/operations', 'v1/session', 'v1', '', 'x'];
  const statuses = new Map<number, number>();
  const one = async () => {
    const path = [pick(roots), pick(WORDS), pick(['snapshots', 'restore', 'attach', pick(WORDS)])]
      .map((word) => encodeURIComponent(word).replaceAll('%2F', '/'))
      .join('/');
    const method = pick(methods);
    const headers: Record<string, string> = {
      'content-type': pick(['application/json', 'text/plain', 'x/y']),
    };
    if (pick([true, false])) headers.authorization = `Bearer ${pick([token, 'x', 'bench_'])}`;
    if (pick([true, false, false])) headers.origin = pick(['null', 'https://evil.example', web]);
    if (pick([true, false, false])) headers['x-csrf-token'] = encodeURIComponent(pick(WORDS)).slice(0, 100);
    const body =
      method === 'GET'
        ? {}
        : { body: pick([JSON.stringify({ [pick(WORDS)]: pick(WORDS) }), pick(WORDS), '{"a":'.repeat(5000)]) };
    const answer = await fetch(`${web}/${path}`, { method, headers, ...body });
    await answer.arrayBuffer();
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  };
  for (let sent = 0; sent < 10_000; sent += 20) await Promise.all(Array.from({ length: 20 }, one));
  expect([...statuses.keys()].filter((status) => status >= 500 || status === 202)).toEqual([]);
  expect(await sh('systemctl show -P MainPID bench-admin')).toBe(pid);
  expect(Number((await sh(`grep VmRSS /proc/${pid}/status`)).split(/\s+/)[1])).toBeLessThan(120 * 1024);
  const { operations } = await api.get<{ operations: Operation[] }>('/v1/operations');
  expect(operations).toEqual([]);
  // What the guest's own timers and this test have started, and a look at the host now and then.
  const after = Number(await sh("awk '/^processes/ {print $2}' /proc/stat"));
  expect(after - before).toBeLessThan(2000);
}, 1_200_000);

test('an operation that is killed is lost, says so, and the next one goes on', async () => {
  const good = await contentOf(guest(), 'shop');
  const words = { bench: 'shop' };
  await api.run('POST', '/v1/benches/{bench}/snapshots', { words, body: { tag: 'monday' } });
  await sh('rm /srv/benches/shop/sites/file*');
  const restore = { words, body: { tag: 'monday', keep: true, confirm: 'monday' } };
  const { json } = await api.ask<Operation>('POST', '/v1/benches/{bench}/restore', restore);
  await sh(
    `until [ -s /run/bench/operations/all/${json.id}/events ]; do sleep 0.1; done; systemctl kill --signal=KILL bench-operation-${json.id}`,
  );
  const lost = await api.untilEnd(json.id);
  expect(lost).toMatchObject({ state: 'lost', error: { code: 'operation-lost' } });
  const again = await api.run('POST', '/v1/benches/{bench}/restore', restore);
  expect(again).toMatchObject({ state: 'done', error: null });
  expect(await contentOf(guest(), 'shop')).toBe(good);
});

test('two operations on one bench exclude one another as commands do', async () => {
  const words = { bench: 'shop' };
  // Each waits for those before it, however slow this machine is just now; with the default it may be told that it is busy.
  await benchJson(guest(), ['config', 'set', 'snapshot.lock_timeout', '120s', '-b', 'shop']);
  const post = (tag: string) => api.run('POST', '/v1/benches/{bench}/snapshots', { words, body: { tag } });
  const ended = await Promise.all([post('a'), post('b'), post('c')]);
  expect(ended.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  const { snapshots } = await api.get<SnapshotList>('/v1/benches/{bench}/snapshots', words);
  expect(snapshots.map(({ tag }) => tag)).toEqual(expect.arrayContaining(['a', 'b', 'c']));
});

test('a proof, a clone and one thing out of a snapshot', async () => {
  const words = { bench: 'shop' };
  const proof = await api.run('POST', '/v1/benches/{bench}/verify', {
    words,
    body: { tag: 'monday', level: 'quick' },
  });
  expect(proof).toMatchObject({ state: 'done' });
  const clone = await api.run('POST', '/v1/benches/{bench}/clones', {
    words,
    body: { name: 'try', tag: 'monday' },
  });
  expect(clone.state).toBe('done');
  expect((clone.result as unknown as CloneReport).bench).toBe('try');
  expect(await contentOf(guest(), 'try')).toBe(await contentOf(guest(), 'shop'));
  const extract = await api.run('POST', '/v1/benches/{bench}/extract', {
    words,
    body: { tag: 'monday', database: 'app', as: 'app_monday' },
  });
  expect(extract).toMatchObject({ state: 'done' });
});

test('nobody there for two minutes: it goes, and comes with the next request', async () => {
  await sh('systemctl stop bench-admin');
  await api.get('/v1/session');
  await sh('while systemctl is-active -q bench-admin; do sleep 1; done', { timeoutMs: 380_000 });
  expect(await sh('systemctl show -P Result bench-admin')).toBe('success');
  expect(await api.get('/v1/session')).toMatchObject({ scope: 'admin' });
}, 400_000);

test('beyond loopback only with TLS, and with it', async () => {
  await benchJson(guest(), ['admin', 'enable', '--listen', '0.0.0.0:8443'], 2);
  await sh(
    'openssl req -x509 -newkey rsa:2048 -nodes -keyout /root/k.pem -out /root/c.pem -days 2 -subj /CN=bench.example.org 2>/dev/null',
  );
  await guest().run([
    ...['bench', 'admin', 'enable', '--listen', '0.0.0.0:8443', '--host', 'bench.example.org'],
    ...['--tls-cert', '/root/c.pem', '--tls-key', '/root/k.pem'],
  ]);
  const { url } = await benchJson<{ url: string }>(guest(), ['admin', 'login']);
  expect(url).toMatch(/^https:\/\/bench\.example\.org:8443\/#login=bench_/);
  const answer = await guest().run([
    'node',
    '-e',
    `const https = require('node:https');
     const body = JSON.stringify({ code: process.argv[1] });
     const headers = { host: 'bench.example.org:8443', 'content-type': 'application/json', 'content-length': body.length };
     const sent = https.request({ host: '127.0.0.1', port: 8443, method: 'POST', path: '/v1/session', headers, rejectUnauthorized: false },
       (answer) => console.log(answer.statusCode, answer.headers['set-cookie'][0], answer.headers['strict-transport-security']));
     sent.end(body);`,
    url.slice(url.indexOf('=') + 1),
  ]);
  expect(answer.stdout).toMatch(
    /^200 __Host-bench_session=bench_.*; HttpOnly; SameSite=Strict; .*; Secure max-age=/,
  );
});
