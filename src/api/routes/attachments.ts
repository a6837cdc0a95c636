import { showVolume } from '../../volumes/volumes.js';
import { type App, change, type Deps, read } from '../define.js';
import { HttpError } from '../problem.js';
import {
  Attachments,
  benchName,
  bytes,
  confirm,
  driveName,
  machineName,
  volumeId,
  volumeName,
  volumePath,
} from '../schemas.js';
import { z } from '../web.js';

const ofVolume = z.object({ id: volumeId });
const mode = z.enum(['rw', 'ro']).default('rw');

/** What a volume is attached to, as a path names it. */
const ofAttachment = ofVolume.extend({
  attachment: z
    .string()
    .regex(/^(bench:[a-zA-Z][a-zA-Z0-9_-]{0,39}|machine:[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62})$/)
    .meta({ description: 'bench:NAME or machine:NAME', example: 'bench:shop' }),
});

export function attachmentRoutes(app: App, deps: Deps): void {
  const { runner } = deps;
  read(app, {
    path: '/v1/volumes/{id}/attachments',
    summary: 'Who has a volume',
    scope: 'read',
    params: ofVolume,
    answers: Attachments,
    look: async ({ params }) => {
      const { attachments } = await showVolume(runner, params.id);
      return {
        attachments: attachments.map((each) => ({
          id: 'bench' in each ? `bench:${each.bench}` : `machine:${each.machine}`,
          ...each,
        })),
      };
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/volumes/{id}/attach',
    summary: 'Give a data volume to a bench at a path, or to a machine as a drive',
    scope: 'operate',
    params: ofVolume,
    body: z.union([
      z
        .strictObject({
          bench: benchName,
          path: volumePath,
          mode: z.enum(['rw', 'ro', 'overlay']).default('rw'),
          overlayBytes: bytes.optional().meta({ description: 'what a private copy can take' }),
        })
        .refine(
          (wanted) => (wanted.mode === 'overlay') === (wanted.overlayBytes !== undefined),
          'overlayBytes goes with the mode overlay, and with no other',
        ),
      z.strictObject({ machine: machineName, drive: driveName.optional(), mode }),
    ]),
    plan: async ({ params: { id }, body }) => {
      await showVolume(runner, id);
      const flags = body.mode === 'ro' ? ['--read-only'] : [];
      if ('machine' in body)
        return {
          title: `Attach the volume ${id} to the machine ${body.machine}`,
          command: 'volume:attach',
          argv: [
            ...['volume', 'attach', id, '--machine', body.machine, ...flags],
            ...(body.drive === undefined ? [] : ['--drive', body.drive]),
          ],
          volume: id,
        };
      await deps.openBench(body.bench);
      return {
        title: `Attach the volume ${id} to the bench ${body.bench}`,
        command: 'volume:attach',
        argv: [
          ...['volume', 'attach', id, '-b', body.bench, '--path', body.path, ...flags],
          ...(body.overlayBytes === undefined ? [] : ['--overlay', String(body.overlayBytes)]),
        ],
        bench: body.bench,
        volume: id,
      };
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/volumes/{id}/detach/{attachment}',
    summary: 'Take a data volume from a bench or a machine; the data stay',
    scope: 'operate',
    params: ofAttachment,
    body: z
      .strictObject({
        keepAs: volumeName.optional().meta({ description: 'keep what a private copy holds under this name' }),
        drop: z.boolean().default(false).meta({ description: 'drop what a private copy holds' }),
        confirm: confirm.optional(),
      })
      .refine(({ keepAs, drop }) => keepAs === undefined || !drop, 'keepAs and drop exclude each other'),
    repeats: ({ params, body }) => (body.drop ? params.id : undefined),
    plan: async ({ params: { id, attachment }, body, who }) => {
      if (body.drop && who.scope !== 'admin')
        throw new HttpError(
          403,
          'scope-too-small',
          'To drop what a private copy holds wants the scope admin.',
        );
      await showVolume(runner, id);
      const [kind = '', name = ''] = attachment.split(/:(.*)/s, 2);
      return {
        title: `Detach the volume ${id} from the ${kind} ${name}`,
        command: 'volume:detach',
        argv: [
          ...['volume', 'detach', id, ...(kind === 'bench' ? ['-b', name] : ['--machine', name])],
          ...(body.keepAs === undefined ? [] : ['--keep-as', body.keepAs]),
          ...(body.drop ? ['--drop'] : []),
        ],
        ...(kind === 'bench' ? { bench: name } : {}),
        volume: id,
      };
    },
  });
}
