import { join } from 'node:path';
import { layoutOf } from '../../bench/bench.js';
import { type App, change, type Deps } from '../define.js';
import { benchName, bytes, confirm, identifier, port, tag, volumePath } from '../schemas.js';
import { z } from '../web.js';
import { ofBench } from './benches.js';

/** What is made from a snapshot: a proof of it, a bench of its own, or one thing out of it. */
export function copyRoutes(app: App, deps: Deps): void {
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/verify',
    summary: 'Prove a snapshot: start MariaDB on a copy of it, out of sight, and read it',
    scope: 'operate',
    params: ofBench,
    body: z.strictObject({
      tag: tag.optional().meta({ description: 'default the newest' }),
      level: z.enum(['quick', 'normal', 'extended']).default('normal'),
    }),
    plan: async ({ params: { bench }, body }) => {
      await deps.openBench(bench);
      return {
        title: `Verify ${body.tag ?? 'the newest snapshot'} of ${bench}`,
        command: 'volume:verify',
        argv: [
          ...['volume', 'verify', ...(body.tag === undefined ? [] : [body.tag]), '-b', bench],
          ...(body.level === 'normal' ? [] : [`--${body.level}`]),
        ],
        bench,
      };
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/clones',
    summary: 'Make a bench from a snapshot of this one, sharing its blocks',
    scope: 'operate',
    params: ofBench,
    body: z.strictObject({
      name: benchName,
      tag: tag.optional().meta({ description: 'default a fresh snapshot' }),
      port: port.optional(),
      quotaBytes: bytes.optional(),
      volumes: z.enum(['clone', 'omit']).default('clone'),
      start: z.boolean().default(true),
    }),
    plan: async ({ params: { bench }, body }) => {
      await deps.openBench(bench);
      return {
        title: `Clone ${bench} as ${body.name}`,
        command: 'clone',
        argv: [
          ...['clone', bench, body.name, '--yes', '--volumes', body.volumes],
          ...(body.tag === undefined ? [] : ['--snapshot', body.tag]),
          ...(body.port === undefined ? [] : ['--port', String(body.port)]),
          ...(body.quotaBytes === undefined ? [] : ['--quota', String(body.quotaBytes)]),
          ...(body.start ? [] : ['--no-start']),
        ],
        bench: body.name,
      };
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/extract',
    summary:
      'Bring files or a database out of a snapshot into the bench: beside what is there, or in its place. What writes ' +
      'elsewhere on the host is for the command line',
    scope: 'admin',
    params: ofBench,
    body: z
      .strictObject({
        tag,
        files: z.array(volumePath).max(100).default([]).meta({
          description:
            'below the directory of the bench; they take the place of what is there, which is kept beside',
        }),
        to: volumePath.optional().meta({
          description:
            'a directory below that of the bench, made for root alone: files come back there, and take the place of nothing',
        }),
        database: identifier.optional(),
        tables: z.array(identifier).max(1000).default([]),
        as: identifier
          .optional()
          .meta({ description: 'the name of the database beside; default <database>__<tag>' }),
        replace: z
          .boolean()
          .default(false)
          .meta({ description: 'in the place of the live ones, kept as T__before' }),
        confirm: confirm.optional(),
      })
      .refine(
        ({ files, database }) => files.length > 0 !== (database !== undefined),
        'wants either files or a database',
      )
      .refine(
        ({ database, tables, as, replace }) =>
          database !== undefined || (tables.length === 0 && as === undefined && !replace),
        'tables, as and replace go with a database',
      )
      .refine(({ as, replace }) => as === undefined || !replace, 'as and replace exclude each other')
      .refine(({ to, files }) => to === undefined || files.length > 0, 'to goes with files'),
    // Only what takes the place of something.
    repeats: ({ body: { replace, files, to, tag } }) =>
      replace || (files.length > 0 && to === undefined) ? tag : undefined,
    plan: async ({ params: { bench }, body }) => {
      const { benches } = layoutOf(await deps.openBench(bench)).parts;
      const { files, to, database, tables, as, replace } = body;
      return {
        title: `Extract ${database ?? files.join(', ')} from ${body.tag} of ${bench}`.slice(0, 200),
        command: 'volume:extract',
        argv: [
          ...['volume', 'extract', body.tag, '-b', bench, '--yes'],
          ...files.flatMap((file) => ['--file', file]),
          ...(to === undefined ? [] : ['--to', join(benches.target, to)]),
          ...(files.length > 0 && to === undefined ? ['--in-place'] : []),
          ...(database === undefined ? [] : ['--database', database]),
          ...tables.flatMap((table) => ['--table', table]),
          ...(as === undefined ? [] : ['--as', as]),
          ...(replace ? ['--replace'] : []),
        ],
        bench,
      };
    },
  });
}
