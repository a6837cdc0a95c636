import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startOperation } from '../../../src/api/operations/launch.js';
import type { Operation } from '../../../src/api/operations/operation.js';
import { Operations } from '../../../src/api/operations/operations.js';
import { operationsIn } from '../../../src/api/paths.js';
import { type Ask, apiServer, type Server } from './harness.js';

const PATH = '/v1/benches/shop/snapshots';

async function begin(server: Server, more: Partial<Ask> = {}): Promise<Operation> {
  const answer = await server.ask({ method: 'POST', path: PATH, via: 'unix', body: {}, ...more });
  expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
  return answer.json() as unknown as Operation;
}

const look = async (server: Server, id: string) =>
  (await server.ask({ path: `/v1/operations/${id}`, via: 'unix' })).json() as unknown as Operation;

describe('an operation', () => {
  test('is a command of bench with validated arguments, and its --json the result', async () => {
    const server = await apiServer();
    const operation = await begin(server, { body: { tag: 'monday', note: 'before v15' } });
    expect(operation).toMatchObject({
      command: 'volume:snapshot',
      argv: ['volume', 'snapshot', '-b', 'shop', '--tag', 'monday', '--note', 'before v15'],
      bench: 'shop',
      state: 'running',
      who: 'the unix socket',
      result: null,
    });
    server.launcher.end(operation.id, { tag: 'monday' });
    expect(await look(server, operation.id)).toMatchObject({
      state: 'done',
      result: { tag: 'monday' },
      error: null,
    });
  });

  test('that fails has the error of the command', async () => {
    const server = await apiServer();
    const { id } = await begin(server);
    const error = { code: 'busy', message: 'locked', command: null, stderr: null, suggestions: ['Wait'] };
    server.launcher.end(id, { error });
    expect(await look(server, id)).toMatchObject({ state: 'failed', result: null, error });
  });

  test('tells its steps, from where somebody has stopped listening, and its end', async () => {
    const server = await apiServer();
    const { id } = await begin(server);
    server.launcher.tell(id, { kind: 'step-started', title: 'Stop', durationMs: 0 });
    server.launcher.tell(id, { kind: 'step-finished', title: 'Stop', durationMs: 5 });
    const path = `/v1/operations/${id}/events`;
    const hears = server.ask({ path, via: 'unix' });
    const goesOn = server.ask({ path, via: 'unix', headers: { 'last-event-id': '1' } });
    server.launcher.end(id, { tag: 'monday' });
    const { text, headers } = await hears;
    expect(headers['content-type']).toContain('text/event-stream');
    expect(text).toContain('id: 1\nevent: step\ndata: {"seq":1,"at":"now","kind":"step-started"');
    expect(text).toContain('id: 2\nevent: step\n');
    expect(text).toContain('event: end\ndata: {');
    expect((await goesOn).text).not.toContain('id: 1\n');
  });

  test('goes on without the server that has begun it, and is found by the next one', async () => {
    const server = await apiServer();
    const { id } = await begin(server);
    const next = new Operations(operationsIn(server.paths), server.launcher);
    expect(await next.read(id)).toMatchObject({ state: 'running' });
    server.launcher.end(id, { tag: 'monday' });
    expect(await next.read(id)).toMatchObject({ state: 'done' });
    expect((await next.list()).map((each) => each.id)).toEqual([id]);
  });

  test('that was killed is lost, and says how to go on', async () => {
    const server = await apiServer();
    const { id } = await begin(server);
    server.launcher.alive.delete(id);
    const next = new Operations(operationsIn(server.paths), server.launcher);
    const lost = await next.untilEnd(id, 20_000);
    expect(lost).toMatchObject({ state: 'lost', error: { code: 'operation-lost' } });
  });

  test('that nobody can start was never there', async () => {
    const server = await apiServer();
    server.launcher.start = async () => {
      throw new Error('no systemd');
    };
    const answer = await server.ask({
      method: 'POST',
      path: PATH,
      via: 'unix',
      body: {},
      headers: { 'idempotency-key': 'k' },
    });
    expect(answer.status).toBe(500);
    const list = await server.ask({ path: '/v1/operations', via: 'unix' });
    expect(list.json()).toEqual({ operations: [] });
  });

  test('is one of 32 at most', async () => {
    const server = await apiServer();
    for (let count = 0; count < 32; count++) await begin(server);
    const answer = await server.ask({ method: 'POST', path: PATH, via: 'unix', body: {} });
    expect([answer.status, answer.json()]).toEqual([
      503,
      expect.objectContaining({ code: 'too-many-operations' }),
    ]);
  });
});

describe('when the clock is set back', () => {
  const HOUR_MS = 3_600_000;
  const clock = () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    return { setBack: () => vi.setSystemTime(Date.now() - HOUR_MS) };
  };

  test('what begins afterwards is not judged by what ran before', async () => {
    const { setBack } = clock();
    const server = await apiServer();
    const first = await begin(server);
    expect(await look(server, first.id)).toMatchObject({ state: 'running' });
    setBack();
    const second = await begin(server);
    expect(await look(server, second.id)).toMatchObject({ state: 'running' });
    vi.advanceTimersByTime(60_000);
    expect(await look(server, second.id)).toMatchObject({ state: 'running' });
  });

  test('what is killed is lost within seconds, also to the next server', async () => {
    const { setBack } = clock();
    const server = await apiServer();
    const { id } = await begin(server);
    setBack();
    server.launcher.alive.delete(id);
    const next = new Operations(operationsIn(server.paths), server.launcher);
    expect(await next.read(id)).toMatchObject({ state: 'running' });
    vi.advanceTimersByTime(4000);
    expect(await look(server, id)).toMatchObject({ state: 'lost' });
    expect(await next.read(id)).toMatchObject({ state: 'lost' });
  });

  test('who waits for an end waits no longer than he has asked for', async () => {
    const { setBack } = clock();
    const { deps, launcher } = await apiServer();
    const plan = async () => ({ title: 'x', command: 'init', argv: [] });
    const { operation } = await deps.operations.begin(plan, { who: 'x', digest: 'x' });
    const waits = deps.operations.untilEnd(operation.id, 1000);
    await Promise.resolve();
    setBack();
    vi.advanceTimersByTime(1000);
    expect(await waits).toMatchObject({ state: 'running' });
    launcher.end(operation.id, {});
  });
});

describe('the same request twice', () => {
  const headers = { 'idempotency-key': '3f1c' };

  test('is begun once, also at the same moment', async () => {
    const server = await apiServer();
    const all = await Promise.all(Array.from({ length: 6 }, () => begin(server, { headers })));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(server.launcher.begun).toHaveLength(1);
  });

  test('with another wish is refused', async () => {
    const server = await apiServer();
    await begin(server, { headers });
    const other = await server.ask({
      method: 'POST',
      path: PATH,
      via: 'unix',
      headers,
      body: { tag: 'other' },
    });
    expect([other.status, other.json()]).toEqual([
      422,
      expect.objectContaining({ code: 'idempotency-key-reused' }),
    ]);
    expect(server.launcher.begun).toHaveLength(1);
  });

  test('of somebody else is another one', async () => {
    const server = await apiServer();
    const mine = await begin(server, { headers });
    const token = await server.token('operate');
    const theirs = await begin(server, {
      via: 'tcp',
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
    expect(theirs.id).not.toBe(mine.id);
  });
});

describe('a change that is held against what somebody has seen', () => {
  const request = (bench: string) => async () => ({
    title: `Change the sizes of ${bench}`,
    command: 'volume:set',
    argv: [],
    bench,
  });
  const held = { who: 'x', digest: 'x', isHeld: true };

  test('is begun by one of two who have seen the same, and by the other when that has ended', async () => {
    const { deps, launcher } = await apiServer();
    const begin = (bench: string) => deps.operations.begin(request(bench), held);
    const [first, second, other] = await Promise.allSettled([begin('shop'), begin('shop'), begin('till')]);
    expect([first, second, other]).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { status: 423, code: 'change-under-way' } },
      { status: 'fulfilled' },
    ]);
    for (const { operation } of launcher.begun) launcher.end(operation.id, {});
    await begin('shop');
    expect(launcher.begun).toHaveLength(3);
    for (const { operation } of launcher.begun) launcher.end(operation.id, {});
  });

  test('is refused before bench.toml is edited for it', async () => {
    const server = await apiServer();
    const text = () => readFileSync(join(server.benches, 'shop/bench.toml'), 'utf8');
    const before = text();
    const { id } = await begin(server, { path: '/v1/benches/shop/init', body: undefined });
    const put = () =>
      server.ask({
        method: 'PUT',
        path: '/v1/benches/shop/schedule',
        via: 'unix',
        headers: { 'if-match': '*' },
        body: { snapshot: 'hourly' },
      });
    const refused = await put();
    expect([refused.status, refused.json()]).toEqual([
      423,
      expect.objectContaining({ code: 'change-under-way' }),
    ]);
    expect(text()).toBe(before);
    server.launcher.end(id, {});
    expect((await put()).status).toBe(202);
    expect(text()).toContain('snapshot = "hourly"');
  });

  test('is not held against it a second time by who has not heard the answer', async () => {
    const { deps, launcher } = await apiServer();
    const wanted = { ...held, key: 'k' };
    const { operation } = await deps.operations.begin(request('shop'), wanted);
    launcher.end(operation.id, {});
    const changed = async () => {
      throw new Error('it is not as it was');
    };
    const again = await deps.operations.begin(changed, wanted);
    expect(again).toMatchObject({ isReplay: true, operation: { id: operation.id } });
  });
});

test('who is told of an end finds nothing that was seen before it', async () => {
  const { deps, launcher, paths } = await apiServer();
  let cleared = 0;
  const operations = new Operations(operationsIn(paths), launcher, () => {
    cleared += 1;
  });
  const plan = async () => ({ title: 'x', command: 'init', argv: [] });
  const { operation } = await operations.begin(plan, { who: 'x', digest: 'x' });
  expect(cleared).toBe(0);
  launcher.end(operation.id, {});
  expect(await operations.read(operation.id)).toMatchObject({ state: 'done' });
  expect(cleared).toBe(1);
  await operations.untilEnd(operation.id, 1000);
  expect([cleared, (await deps.operations.read(operation.id))?.state]).toEqual([1, 'done']);
});

test('is started as a service of its own, whose words systemd does not read', () => {
  const operation = {
    id: 'abcdefghij',
    title: 'Snapshot of shop',
    argv: ['volume', 'snapshot', '--note', 'a $HOME %n'],
  };
  const { argv } = startOperation(operation as unknown as Operation, {
    directory: '/run/bench/operations/all/x',
    hasIdentity: false,
    program: '/usr/bin/bench',
    root: '/srv',
  });
  expect(argv).toEqual([
    'systemd-run',
    '--quiet',
    '--collect',
    '--unit=bench-operation-abcdefghij.service',
    '--description=bench: Snapshot of shop',
    '--service-type=exec',
    '--property=UMask=0022',
    '--property=StandardOutput=truncate:/run/bench/operations/all/x/result.json',
    '--property=StandardError=journal',
    '--setenv=BENCHES_ROOT=/srv',
    '--setenv=BENCH_EVENTS=/run/bench/operations/all/x/events',
    '--',
    '/usr/bin/bench',
    'volume',
    'snapshot',
    '--note',
    'a $$HOME %n',
    '--json',
  ]);
});
