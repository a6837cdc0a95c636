import type { BenchConfig } from '../../config/config.js';
import { BenchError } from '../../errors.js';
import type { Runner } from '../../host/exec.js';
import {
  listBenchSnapshots,
  previewDestroy,
  previewRestore,
  previewUndo,
  type UndoPreview as UndoPreviewed,
} from '../../snapshot/snapshot-orchestrator.js';
import { type App, change, type Deps, printed, read } from '../define.js';
import { confirm, lineOf, RestorePreview, tag, UndoPreview } from '../schemas.js';
import { z } from '../web.js';
import { ofBench } from './benches.js';

const ofSnapshot = ofBench.extend({ tag });
const yes = z.enum(['true', 'false']).default('false');

export function snapshotRoutes(app: App, deps: Deps): void {
  const { runner } = deps;
  read(app, {
    path: '/v1/benches/{bench}/snapshots',
    summary: 'The snapshots of a bench, newest first',
    scope: 'read',
    params: ofBench,
    answers: printed('volume:list-snapshots'),
    look: async ({ params: { bench }, seen }) => {
      const config = await deps.openBench(bench);
      return seen.get(`snapshots ${bench}`, () => listBenchSnapshots(config, runner));
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/snapshots',
    summary: 'Take a consistent snapshot of files and database',
    scope: 'operate',
    params: ofBench,
    body: z.strictObject({
      tag: tag.optional(),
      note: lineOf(1000).optional(),
      crashConsistent: z
        .boolean()
        .optional()
        .meta({ description: 'also where MariaDB runs and does not answer' }),
    }),
    plan: async ({ params: { bench }, body }) => {
      await deps.openBench(bench);
      const { tag: wanted, note, crashConsistent = false } = body;
      return {
        title: `Snapshot of ${bench}`,
        command: 'volume:snapshot',
        argv: [
          ...['volume', 'snapshot', '-b', bench],
          ...(wanted === undefined ? [] : ['--tag', wanted]),
          ...(note === undefined ? [] : ['--note', note]),
          ...(crashConsistent ? ['--crash-consistent'] : []),
        ],
        bench,
      };
    },
  });
  read(app, {
    path: '/v1/benches/{bench}/snapshots/{tag}/destroy',
    summary: 'What would be lost with a snapshot',
    scope: 'read',
    params: ofSnapshot,
    answers: printed('volume:destroy-snapshot'),
    look: async ({ params }) => previewDestroy(await deps.openBench(params.bench), runner, [params.tag]),
  });
  change(app, deps, {
    method: 'delete',
    path: '/v1/benches/{bench}/snapshots/{tag}',
    summary: 'Destroy a snapshot',
    scope: 'admin',
    params: ofSnapshot,
    query: z.strictObject({ confirm }),
    repeats: ({ params }) => params.tag,
    plan: async ({ params }) => {
      await previewDestroy(await deps.openBench(params.bench), runner, [params.tag]);
      return {
        title: `Destroy the snapshot ${params.tag} of ${params.bench}`,
        command: 'volume:destroy-snapshot',
        argv: ['volume', 'destroy-snapshot', params.tag, '-b', params.bench, '--yes'],
        bench: params.bench,
      };
    },
  });
  for (const method of ['put', 'delete'] as const) {
    const verb = method === 'put' ? 'pin' : 'unpin';
    change(app, deps, {
      method,
      path: '/v1/benches/{bench}/snapshots/{tag}/pin',
      summary: method === 'put' ? 'Keep a snapshot until it is unpinned' : 'Take the pin off a snapshot',
      scope: 'operate',
      params: ofSnapshot,
      plan: async ({ params }) => {
        await deps.openBench(params.bench);
        return {
          title: `${method === 'put' ? 'Pin' : 'Unpin'} the snapshot ${params.tag} of ${params.bench}`,
          command: `volume:${verb}`,
          argv: ['volume', verb, params.tag, '-b', params.bench],
          bench: params.bench,
        };
      },
    });
  }
  restoreRoutes(app, deps);
}

function restoreRoutes(app: App, deps: Deps): void {
  const { runner } = deps;
  read(app, {
    path: '/v1/benches/{bench}/snapshots/{tag}/restore',
    summary: 'What a restore would do, and what would be lost; changes nothing',
    scope: 'read',
    params: ofSnapshot,
    query: z.strictObject({ keep: yes, withoutVolumes: yes }),
    answers: RestorePreview,
    look: async ({ params, query }) =>
      previewRestore(await deps.openBench(params.bench), runner, {
        tag: params.tag,
        keep: query.keep === 'true',
        withoutVolumes: query.withoutVolumes === 'true',
      }),
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/restore',
    summary: 'Bring files and database back to a snapshot; with keep nothing is lost',
    scope: 'admin',
    params: ofBench,
    body: z.strictObject({
      tag,
      keep: z.boolean().default(false).meta({ description: 'set aside what is there now, for undo' }),
      withoutVolumes: z.boolean().default(false),
      confirm,
    }),
    repeats: ({ body }) => body.tag,
    plan: async ({ params: { bench }, body }) => {
      await previewRestore(await deps.openBench(bench), runner, body);
      return {
        title: `Restore ${bench} to ${body.tag}`,
        command: 'volume:restore-snapshot',
        argv: [
          ...['volume', 'restore-snapshot', body.tag, '-b', bench, '--yes'],
          ...(body.keep ? ['--keep'] : []),
          ...(body.withoutVolumes ? ['--without-volumes'] : []),
        ],
        bench,
      };
    },
  });
  read(app, {
    path: '/v1/benches/{bench}/undo',
    summary: 'What an undo would bring back; null where nothing is kept',
    scope: 'read',
    params: ofBench,
    answers: UndoPreview,
    look: async ({ params }) => undoOrNothing(await deps.openBench(params.bench), runner),
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/undo',
    summary: 'Bring back what the last restore with keep has set aside',
    scope: 'admin',
    params: ofBench,
    body: z.strictObject({ confirm }),
    repeats: ({ params }) => params.bench,
    plan: async ({ params: { bench } }) => {
      await deps.openBench(bench);
      return {
        title: `Undo the restore of ${bench}`,
        command: 'volume:undo-restore',
        argv: ['volume', 'undo-restore', '-b', bench, '--yes'],
        bench,
      };
    },
  });
  change(app, deps, {
    method: 'delete',
    path: '/v1/benches/{bench}/undo',
    summary: 'Drop what the last restore with keep has set aside',
    scope: 'admin',
    params: ofBench,
    query: z.strictObject({
      confirm,
      keptAt: z.iso.datetime().optional().meta({ description: 'only the copy that was set aside then' }),
    }),
    repeats: ({ params }) => params.bench,
    plan: async ({ params: { bench }, query: { keptAt } }) => {
      await deps.openBench(bench);
      return {
        title: `Drop the kept copy of ${bench}`,
        command: 'volume:undo-restore',
        argv: [
          ...['volume', 'undo-restore', '-b', bench, '--yes', '--discard'],
          ...(keptAt === undefined ? [] : ['--kept-at', keptAt]),
        ],
        bench,
      };
    },
  });
}

/** That nothing is kept is an answer, and no failure. */
async function undoOrNothing(config: BenchConfig, runner: Runner): Promise<UndoPreviewed> {
  try {
    return await previewUndo(config, runner);
  } catch (error) {
    if (!(error instanceof BenchError) || error.code !== 'nothing-kept') throw error;
    return { dataset: config.volume.dataset, kept: null, givesUp: null, drops: null, volumes: [] };
  }
}
