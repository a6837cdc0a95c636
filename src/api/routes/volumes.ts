import { parseVolumeSize } from '../../config/size.js';
import { labelKey } from '../../names.js';
import { listVolumes, previewDelete, showVolume, type VolumeDetails } from '../../volumes/volumes.js';
import { type App, change, type Deps, printed, read } from '../define.js';
import { benchName, bytes, confirm, lineOf, tag, volumeId, volumeName } from '../schemas.js';
import { z } from '../web.js';
import { attachmentRoutes } from './attachments.js';

const ofVolume = z.object({ id: volumeId });
const labels = z
  .record(
    z.string().refine((key) => labelKey(key) === undefined, 'is no key of a label'),
    lineOf(256),
  )
  .refine((all) => Object.keys(all).length <= 64, 'at most 64')
  .default({});

/** What a change of a volume is held against: not how much is used, which changes all the time. */
function identityOf(volume: unknown) {
  const { id, name, sizeBytes, description, labels: of, attachments } = volume as VolumeDetails;
  return { id, name, sizeBytes, description, labels: of, attachments };
}

export function volumeRoutes(app: App, deps: Deps): void {
  const { runner } = deps;
  read(app, {
    path: '/v1/volumes',
    summary: 'The volumes of this host: those of benches, and data volumes with who has them',
    scope: 'read',
    query: z.strictObject({
      status: z.enum(['available', 'attached', 'incomplete']).optional(),
      kind: z.enum(['filesystem', 'block']).optional(),
      bench: benchName.optional(),
      host: z.string().max(253).optional(),
      search: z.string().max(200).optional(),
    }),
    answers: printed('volume:list'),
    look: async ({ query: { host, ...query }, seen }) => {
      const filter = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
      const isHere = host === undefined || host === deps.host;
      if (Object.keys(filter).length === 0 && isHere)
        return seen.get('volumes', () => listVolumes(runner, {}));
      const key = `volumes ${JSON.stringify(filter)}`;
      const list = await seen.get(key, () => listVolumes(runner, filter));
      return isHere ? list : { ...list, volumes: [] };
    },
  });
  read(app, {
    path: '/v1/volumes/{id}',
    summary: 'Everything that is known of one volume',
    scope: 'read',
    params: ofVolume,
    answers: printed('volume:show'),
    identity: identityOf,
    look: ({ params }) => showVolume(runner, params.id),
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/volumes',
    summary: 'Make a data volume: a filesystem for benches, or a block volume for machines',
    scope: 'operate',
    body: z
      .strictObject({
        name: volumeName,
        sizeBytes: bytes.optional(),
        kind: z.enum(['filesystem', 'block']).default('filesystem'),
        format: z.enum(['raw', 'ext4']).default('raw'),
        description: lineOf(1000).default(''),
        labels,
        reserve: z.boolean().default(false),
        shared: z.boolean().default(false),
        pool: volumeName.optional(),
        from: z
          .strictObject({ volume: volumeId, tag: tag.optional() })
          .optional()
          .meta({ description: 'a clone of another volume, as it is now or at a snapshot' }),
      })
      .refine(({ sizeBytes, from }) => sizeBytes !== undefined || from !== undefined, 'wants a size')
      .refine(
        ({ from, pool, reserve, shared }) =>
          from === undefined || (pool === undefined && !reserve && !shared),
        'pool, reserve and shared do not go with from',
      ),
    plan: ({ body }) => ({
      title: `Make the volume ${body.name}`,
      command: 'volume:create',
      argv: [
        ...['volume', 'create', body.name],
        ...(body.sizeBytes === undefined ? [] : [String(parseVolumeSize(body.sizeBytes))]),
        ...(body.description === '' ? [] : ['--description', body.description]),
        ...Object.entries(body.labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
        ...(body.from === undefined
          ? ['--type', body.kind, '--format', body.format]
          : [
              '--from',
              body.from.tag === undefined ? body.from.volume : `${body.from.volume}@${body.from.tag}`,
            ]),
        ...(body.reserve ? ['--reserve'] : []),
        ...(body.shared ? ['--shared'] : []),
        ...(body.pool === undefined ? [] : ['--pool', body.pool]),
      ],
      volume: body.name,
    }),
  });
  change(app, deps, {
    method: 'patch',
    path: '/v1/volumes/{id}',
    summary: 'Give a volume another size, or another name',
    scope: 'operate',
    params: ofVolume,
    body: z
      .strictObject({ name: volumeName.optional(), sizeBytes: bytes.optional() })
      .refine(
        ({ name, sizeBytes }) => (name === undefined) !== (sizeBytes === undefined),
        'wants either name or sizeBytes',
      ),
    current: async ({ params }) => identityOf(await showVolume(runner, params.id)),
    plan: async ({ params: { id }, body }) => {
      await showVolume(runner, id);
      if (body.name !== undefined)
        return {
          title: `Rename the volume ${id} to ${body.name}`,
          command: 'volume:rename',
          argv: ['volume', 'rename', id, body.name],
          volume: body.name,
        };
      return {
        title: `Resize the volume ${id}`,
        command: 'volume:resize',
        argv: ['volume', 'resize', id, String(body.sizeBytes)],
        volume: id,
      };
    },
  });
  change(app, deps, {
    method: 'delete',
    path: '/v1/volumes/{id}',
    summary: 'Destroy a data volume with its snapshots; refused while it is attached, in use, held or cloned',
    scope: 'admin',
    params: ofVolume,
    query: z.strictObject({ confirm }),
    repeats: ({ params }) => params.id,
    current: async ({ params }) => identityOf(await showVolume(runner, params.id)),
    plan: async ({ params: { id } }) => {
      await previewDelete(runner, id);
      return {
        title: `Delete the volume ${id}`,
        command: 'volume:delete',
        argv: ['volume', 'delete', id, '--yes'],
        volume: id,
      };
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/volumes/repair',
    summary: 'Bring to an end what was cut off: half-made volumes go, deletes are finished',
    scope: 'admin',
    plan: () => ({ title: 'Repair volumes', command: 'volume:repair', argv: ['volume', 'repair'] }),
  });
  attachmentRoutes(app, deps);
}
