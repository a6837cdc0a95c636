import * as names from '../../names.js';
import { requireFleet } from '../../ownership/ownership.js';
import { type App, change, type Deps, orNull, printed, read } from '../define.js';
import { FAR_FRESH_MS, lookOutside } from '../outside.js';
import type { Seen } from '../readings.js';
import { benchName, confirm, FleetOfHost, lineOf, valid } from '../schemas.js';
import { z } from '../web.js';
import { ofBench } from './benches.js';

const host = valid(names.remoteHost, 'name of a host of the fleet', 'web2');
const limit = lineOf(200).optional().meta({
  description: 'hosts: names, patterns and labels with commas between (`bench fleet hosts --help`)',
});
const flag = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);

/** Many hosts as one: this server asks etcd and them, by commands that systemd runs; a browser asks this server only. */
export function fleetRoutes(app: App, deps: Deps): void {
  const { runner } = deps;
  /** Null where this host is in no fleet. */
  const far = async (seen: Seen, argv: readonly string[]) => {
    if ((await deps.fleet()) === undefined) return null;
    return seen.get(argv.join('\0'), () => lookOutside(runner, argv), { freshMs: FAR_FRESH_MS });
  };
  read(app, {
    path: '/v1/fleet',
    summary: 'What the fleet calls this host; null where it is in none',
    scope: 'read',
    answers: FleetOfHost.nullable(),
    look: async () => {
      const fleet = await deps.fleet();
      return fleet === undefined ? null : { host: fleet.name, labels: fleet.labels };
    },
  });
  read(app, {
    path: '/v1/fleet/hosts',
    summary: 'The hosts of the fleet; null where this one is in none',
    scope: 'read',
    query: z.strictObject({ limit }),
    answers: orNull(printed('fleet:hosts')),
    look: ({ query, seen }) => far(seen, ['fleet', 'hosts', ...flag('--limit', query.limit)]),
  });
  read(app, {
    path: '/v1/fleet/benches',
    summary: 'The benches of all hosts, with who has the right to run each and who has its copies',
    scope: 'read',
    query: z.strictObject({ limit, name: benchName.optional() }),
    answers: orNull(printed('fleet:benches')),
    look: ({ query, seen }) =>
      far(seen, [
        ...['fleet', 'benches', ...(query.name === undefined ? [] : [query.name])],
        ...flag('--limit', query.limit),
      ]),
  });
  read(app, {
    path: '/v1/fleet/volumes',
    summary: 'The volumes of all hosts',
    scope: 'read',
    query: z.strictObject({
      limit,
      search: lineOf(200).optional().meta({ description: 'in name, id, description, labels and who has it' }),
      status: z.enum(['available', 'attached', 'incomplete']).optional(),
      kind: z.enum(['filesystem', 'block']).optional(),
      bench: benchName.optional(),
    }),
    answers: orNull(printed('fleet:volumes')),
    look: ({ query, seen }) =>
      far(seen, [
        ...['fleet', 'volumes', ...flag('--limit', query.limit), ...flag('--search', query.search)],
        ...[...flag('--status', query.status), ...flag('--kind', query.kind), ...flag('-b', query.bench)],
      ]),
  });
  takingUp(app, deps);
}

/** What goes from one host to another. The previews are no figures that may be some seconds old: each asks the hosts. */
function takingUp(app: App, deps: Deps): void {
  const { runner } = deps;
  const promote = (bench: string, { on, stopSource }: { on?: string | undefined; stopSource: boolean }) => [
    ...['fleet', 'promote', bench, ...flag('--on', on)],
    ...(stopSource ? ['--stop-source'] : []),
  ];
  const on = host.optional().meta({ description: 'the host that takes it up, where several have a copy' });
  read(app, {
    path: '/v1/fleet/benches/{bench}/promote',
    summary: 'What taking a bench up from its copy would do, as the host says that has it',
    scope: 'read',
    params: ofBench,
    query: z.strictObject({ on, stopSource: z.enum(['true', 'false']).default('false') }),
    answers: printed('fleet:promote'),
    look: async ({ params: { bench }, query }) => {
      requireFleet(await deps.fleet());
      const wish = { on: query.on, stopSource: query.stopSource === 'true' };
      return lookOutside(runner, [...promote(bench, wish), '--dry-run']);
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/fleet/benches/{bench}/promote',
    summary: 'Take a bench up on the host that has its copy; what was written since that is lost',
    scope: 'admin',
    params: ofBench,
    body: z.strictObject({ on, stopSource: z.boolean().default(false), confirm }),
    repeats: ({ params: { bench } }) => bench,
    plan: async ({ params: { bench }, body }) => {
      requireFleet(await deps.fleet());
      return {
        title: `Take ${bench} up${body.on === undefined ? '' : ` on ${body.on}`}`,
        command: 'fleet:promote',
        argv: [...promote(bench, body), '--yes'],
        bench,
      };
    },
  });
  read(app, {
    path: '/v1/fleet/benches/{bench}/move',
    summary: 'From where to where a bench would go',
    scope: 'read',
    params: ofBench,
    query: z.strictObject({ to: host }),
    answers: printed('fleet:move'),
    look: async ({ params: { bench }, query }) => {
      requireFleet(await deps.fleet());
      return lookOutside(runner, ['fleet', 'move', bench, '--to', query.to, '--dry-run']);
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/fleet/benches/{bench}/move',
    summary: 'Bring a bench to another host, losing nothing; it stands still for its last increment',
    scope: 'admin',
    params: ofBench,
    body: z.strictObject({ to: host, confirm }),
    repeats: ({ params: { bench } }) => bench,
    plan: async ({ params: { bench }, body }) => {
      requireFleet(await deps.fleet());
      return {
        title: `Move ${bench} to ${body.to}`,
        command: 'fleet:move',
        argv: ['fleet', 'move', bench, '--to', body.to, '--yes'],
        bench,
      };
    },
  });
}
