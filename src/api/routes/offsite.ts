import { openBench } from '../../bench/bench.js';
import type { BenchConfig } from '../../config/config.js';
import { COPY_LEVELS, isCopyId, offsiteStatus, requireOffsite } from '../../offsite/offsite.js';
import { type App, change, type Deps, orNull, printed, read } from '../define.js';
import { FAR_FRESH_MS, lookOutside } from '../outside.js';
import type { Seen } from '../readings.js';
import { benchName, confirm, tag } from '../schemas.js';
import { z } from '../web.js';
import { ofBench } from './benches.js';

const copy = z
  .string()
  .refine(isCopyId, 'is no id of a copy')
  .meta({ description: 'id of a copy', example: '20250528-140000-1234567890123456789-full' });
const ofCopy = ofBench.extend({ copy });

/** What a client brings along: it is in no request that is written down, in no argument list and in no answer. */
const identity = z
  .string()
  .max(8192)
  .regex(/^[\x20-\x7e\r\n]*AGE-SECRET-KEY-[\x20-\x7e\r\n]*$/, 'holds no secret key of age')
  .meta({
    description:
      'a secret key of age, as age-keygen writes it; systemd hands it to the command in memory, and forgets it with the end of that',
  });

/** Copies of a bench in an object store. */
export function offsiteRoutes(app: App, deps: Deps): void {
  const { runner } = deps;
  const far = (seen: Seen, key: string, argv: readonly string[]) =>
    seen.get(key, () => lookOutside(runner, argv), { freshMs: FAR_FRESH_MS });
  read(app, {
    path: '/v1/benches/{bench}/offsite',
    summary: 'How copying goes, as this host knows it; null where bench.toml names no store',
    scope: 'read',
    params: ofBench,
    answers: orNull(printed('offsite:status')),
    look: async ({ params: { bench }, seen }) => {
      const config = await openBench({ bench, guess: false, fromRecord: true });
      if (config.offsite === undefined) return null;
      return seen.get(`offsite ${bench}`, () => offsiteStatus(config, runner));
    },
  });
  read(app, {
    path: '/v1/benches/{bench}/copies',
    summary: 'The copies in the store, with age, size, and what was found of each; the store itself is asked',
    scope: 'read',
    params: ofBench,
    answers: printed('offsite:list'),
    look: async ({ params: { bench }, seen }) => {
      await requireStore(bench);
      return far(seen, `copies ${bench}`, ['offsite', 'list', '-b', bench]);
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/copies',
    summary: 'Copy a snapshot to the store: what has changed since the last copy, or all of it',
    scope: 'operate',
    params: ofBench,
    body: z.strictObject({
      tag: tag.optional().meta({ description: 'default a fresh snapshot' }),
      full: z.boolean().default(false).meta({ description: 'all of it, whatever there is' }),
    }),
    plan: async ({ params: { bench }, body }) => {
      await requireStore(bench);
      return {
        title: `Copy ${bench} to the store`,
        command: 'offsite:push',
        argv: [
          ...['offsite', 'push', '-b', bench],
          ...(body.tag === undefined ? [] : ['--snapshot', body.tag]),
          ...(body.full ? ['--full'] : []),
        ],
        bench,
      };
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/copies/{copy}/verify',
    summary: 'Look whether a copy, and all that it builds on, is what was sent',
    scope: 'operate',
    params: ofCopy,
    body: z
      .strictObject({
        level: z.enum(COPY_LEVELS).default('hash').meta({
          description: 'head and hash look at what is stored; stream and boot decrypt it, and want a key',
        }),
        identity: identity.optional(),
      })
      .refine(
        ({ level, identity: key }) => (level === 'stream' || level === 'boot') === (key !== undefined),
        'stream and boot want an identity, and only they',
      ),
    plan: async ({ params: { bench, copy: id }, body }) => {
      await requireStore(bench);
      return {
        title: `Verify the copy ${id} of ${bench} (${body.level})`,
        command: 'offsite:verify',
        argv: ['offsite', 'verify', id, '-b', bench, '--level', body.level],
        bench,
        identity: body.identity,
      };
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/copies/{copy}/restore',
    summary:
      'Bring a copy back as a kept volume beside whatever is there; POST /v1/benches makes a bench of it',
    scope: 'admin',
    params: ofCopy,
    body: z.strictObject({
      as: benchName.meta({ description: 'name of what comes back; none that is there' }),
      identity,
      confirm,
    }),
    repeats: ({ body }) => body.as,
    plan: async ({ params: { bench, copy: id }, body }) => {
      await requireStore(bench);
      return {
        title: `Bring the copy ${id} of ${bench} back as ${body.as}`,
        command: 'offsite:restore',
        argv: ['offsite', 'restore', id, '-b', bench, '--as', body.as],
        bench,
        identity: body.identity,
      };
    },
  });
  read(app, {
    path: '/v1/benches/{bench}/copies/prune',
    summary: 'Each copy with what keeps it, and what pruning would delete; the store itself is asked',
    scope: 'read',
    params: ofBench,
    answers: printed('offsite:prune'),
    look: async ({ params: { bench }, seen }) => {
      await requireStore(bench);
      return far(seen, `prune copies ${bench}`, ['offsite', 'prune', '-b', bench, '--dry-run']);
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/copies/prune',
    summary: 'Delete the copies that no rule keeps, and on which none that stays builds',
    scope: 'admin',
    params: ofBench,
    body: z.strictObject({ confirm }),
    repeats: ({ params }) => params.bench,
    plan: async ({ params: { bench } }) => {
      await requireStore(bench);
      return {
        title: `Prune the copies of ${bench}`,
        command: 'offsite:prune',
        argv: ['offsite', 'prune', '-b', bench, '--yes'],
        bench,
      };
    },
  });
}

/** Also of a bench whose pool is away, for that is when copies are wanted. @throws UsageError `offsite-missing` */
async function requireStore(bench: string): Promise<BenchConfig> {
  return requireOffsite(await openBench({ bench, guess: false, fromRecord: true }));
}
