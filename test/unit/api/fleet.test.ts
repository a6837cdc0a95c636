import { describe, expect, test } from 'vitest';
import type { FleetConfig } from '../../../src/config/host-fleet.js';
import type { Command, Runner } from '../../../src/host/exec.js';
import { apiServer } from './harness.js';

const FLEET = { name: 'web1', labels: { role: 'prod' } } as unknown as FleetConfig;

/** Prints what a command of bench would, for systemd-run; what it was asked is behind the program's name. */
class Answering implements Runner {
  readonly asked: string[][] = [];
  constructor(private readonly answer: object) {}
  async run({ argv }: Command) {
    this.asked.push(argv.slice(argv.indexOf('--') + 2));
    return { argv, stdout: JSON.stringify(this.answer), stderr: '', exitCode: 0, durationMs: 0 };
  }
}

describe('the fleet', () => {
  test('of a host that is in none is null, and nothing is asked or begun', async () => {
    const server = await apiServer();
    for (const path of ['', '/hosts', '/benches', '/volumes?search=gold']) {
      const answer = await server.ask({ path: `/v1/fleet${path}`, via: 'unix' });
      expect([answer.status, answer.text]).toEqual([200, 'null']);
    }
    for (const answer of [
      await server.ask({ path: '/v1/fleet/benches/shop/promote', via: 'unix' }),
      await server.ask({ path: '/v1/fleet/benches/shop/move?to=web2', via: 'unix' }),
      await server.ask({
        method: 'POST',
        path: '/v1/fleet/benches/shop/move',
        body: { to: 'web2', confirm: 'shop' },
        via: 'unix',
      }),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.json()).toMatchObject({ code: 'fleet-missing' });
    }
    expect(server.launcher.begun).toEqual([]);
  });

  test('is asked by commands, once for everybody who looks', async () => {
    const runner = new Answering({ volumes: [] });
    const server = await apiServer({ runner, fleet: FLEET });
    expect((await server.ask({ path: '/v1/fleet', via: 'unix' })).json()).toEqual({
      host: 'web1',
      labels: { role: 'prod' },
    });
    const path = '/v1/fleet/volumes?search=tier%3Dgold&status=available&limit=web*';
    for (let look = 0; look < 2; look += 1)
      expect((await server.ask({ path, via: 'unix' })).json()).toEqual({ volumes: [] });
    await server.ask({ path: '/v1/fleet/benches?name=shop', via: 'unix' });
    expect(runner.asked).toEqual([
      'fleet volumes --limit web* --search tier=gold --status available --json'.split(' '),
      'fleet benches shop --json'.split(' '),
    ]);
  });

  test('previews ask the hosts each time', async () => {
    const runner = new Answering({});
    const server = await apiServer({ runner, fleet: FLEET });
    const path = '/v1/fleet/benches/shop/promote?on=web2&stopSource=true';
    for (let look = 0; look < 2; look += 1) await server.ask({ path, via: 'unix' });
    const preview = 'fleet promote shop --on web2 --stop-source --dry-run --json'.split(' ');
    expect(runner.asked).toEqual([preview, preview]);
  });

  test.each<[string, object, string[]]>([
    ['promote', {}, ['promote', 'shop', '--yes']],
    [
      'promote',
      { on: 'web2', stopSource: true },
      ['promote', 'shop', '--on', 'web2', '--stop-source', '--yes'],
    ],
    ['move', { to: 'web2' }, ['move', 'shop', '--to', 'web2', '--yes']],
  ])('%s with %j is that command, and wants the name of the bench', async (what, body, argv) => {
    const server = await apiServer({ fleet: FLEET });
    const post = (more: object) =>
      server.ask({
        method: 'POST',
        path: `/v1/fleet/benches/shop/${what}`,
        body: { ...body, ...more },
        via: 'unix',
      });
    expect((await post({ confirm: 'web2' })).status).toBe(400);
    const answer = await post({ confirm: 'shop' });
    expect([answer.status, answer.json()]).toEqual([
      202,
      expect.objectContaining({ argv: ['fleet', ...argv], bench: 'shop' }),
    ]);
  });

  test.each([
    ['GET', '/v1/fleet/volumes?search=--host', undefined],
    ['GET', '/v1/fleet/hosts?limit=-x', undefined],
    ['GET', '/v1/fleet/benches/shop/move?to=-oProxyCommand%3Dx', undefined],
    ['POST', '/v1/fleet/benches/shop/move', { to: 'a b', confirm: 'shop' }],
    ['POST', '/v1/fleet/benches/-x/promote', { confirm: '-x' }],
  ])('%s %s with %j reaches no command line', async (method, path, body) => {
    const runner = new Answering({});
    const server = await apiServer({ runner, fleet: FLEET });
    const answer = await server.ask({ method, path, via: 'unix', ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(400);
    expect(runner.asked).toEqual([]);
    expect(server.launcher.begun).toEqual([]);
  });
});
